package awsconfig

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestAddress: roles and single sign-on are asked for where Amazon's library asks.
func TestAddress(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"} {
		for _, fips := range []bool{false, true} {
			for _, dualStack := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, FIPS %v, both protocols %v", region, fips, dualStack), func(t *testing.T) {
					l := &loader{Environment: Environment{Getenv: func(string) string { return "" }}, fips: fips, dualStack: dualStack}
					roles, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), sts.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dualStack})
					if err != nil {
						t.Fatal(err)
					}
					if got, err := l.address("sts", "sts", region); err != nil || got != roles.URI.String() {
						t.Errorf("roles are asked for at %s, %v; Amazon's library asks %s", got, err, &roles.URI)
					}
					signOn, err := sso.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), sso.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dualStack})
					if err != nil {
						t.Fatal(err)
					}
					if got, err := l.address("sso", "portal.sso", region); err != nil || got != signOn.URI.String() {
						t.Errorf("sign-on is asked for at %s, %v; Amazon's library asks %s", got, err, &signOn.URI)
					}
				})
			}
		}
	}
}
