// Okta's own client for its classic API. Lines of JSON come in, one for each step; what came of it goes out as another.
//   okta.js ORIGIN
const readline = require("readline");
const { OktaAuth } = require("@okta/okta-auth-js");

const client = new OktaAuth({ issuer: process.argv[2], clientId: "none", redirectUri: "https://localhost/" });
let transaction;

const steps = {
  log_in: ({ username, password }) => client.signInWithCredentials({ username, password }),
  verify: ({ factor, given }) => (transaction.factors ? transaction.factors.find(({ id }) => id === factor) : transaction).verify(given),
  poll: () => transaction.poll({ delay: 10 }),
  cancel: () => transaction.cancel(),
};

async function take(line) {
  const step = JSON.parse(line);
  try {
    transaction = await steps[step.step](step);
    const { status, sessionToken, factorResult, factors, factor } = transaction;
    return { status, sessionToken, factorResult, factors: (factors || []).map(({ id }) => id), factor: factor && factor.id };
  } catch (error) {
    return { error: error.errorCode || String(error) };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await take(line)));
  }
}

main();
