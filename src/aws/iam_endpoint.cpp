#include "aws/iam_endpoint.h"

#include "base/untrusted.h"

namespace touchsts::aws {

Result<std::string> iam_fips_host(std::string_view partition) {
  if (partition == "aws") {
    return "iam-fips.amazonaws.com";
  }
  if (partition == "aws-us-gov") {
    return "iam.us-gov.amazonaws.com";  // the plain name is the FIPS one there
  }
  return hinted(fail(Fault::configuration, "IAM has no FIPS endpoint in the partition {}", Untrusted{partition}),
                "for this command set AWS_USE_FIPS_ENDPOINT=false, if that is allowed where you are");
}

}  // namespace touchsts::aws
