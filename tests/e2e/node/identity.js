// Three clients of the JavaScript SDK, each with another way to find our credential_process.
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { fromIni, fromProcess, fromNodeProviderChain } = require("@aws-sdk/credential-providers");

async function main() {
  let identities = 0;
  for (const credentials of [fromProcess({ profile: "cli" }), fromIni({ profile: "cli" }), fromNodeProviderChain({ profile: "cli" })]) {
    const client = new STSClient({ region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL_STS, credentials });
    const identity = await client.send(new GetCallerIdentityCommand({}));
    if (!identity.Arn.startsWith("arn:aws:sts::123456789012:assumed-role/ops/")) {
      throw new Error(identity.Arn);
    }
    identities += 1;
  }
  console.log(JSON.stringify({ identities }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
