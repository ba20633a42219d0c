package secret

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"plain":            {`dataset "a=b" not found`, `dataset "a=b" not found`},
		"token":            {`"https://h/v2/x?token=hush" is no URL`, `"https://h/v2/x?token=[redacted]" is no URL`},
		"first of several": {`https://h/x?token=hush&format=csv`, `https://h/x?token=[redacted]&format=csv`},
		"last of several":  {`https://h/x?format=csv&token=hush`, `https://h/x?format=csv&token=[redacted]`},
		"semicolon":        {`https://h/x?a=1;token=hush;b=2`, `https://h/x?a=1;token=[redacted];b=2`},
		"signature":        {`x?signature=hush.hush-_~`, `x?signature=[redacted]`},
		"encoded name":     {`x?t%6Fken=hush`, `x?t%6Fken=[redacted]`},
		"broken encoding":  {`x?%zz=hush`, `x?%zz=[redacted]`},
		"upper case":       {`x?ToKeN=hush`, `x?ToKeN=[redacted]`},
		"quoted":           {`'x?token=hush'`, `'x?token=[redacted]'`},
		"two URLs":         {`a?token=hush b?token=hush`, `a?token=[redacted] b?token=[redacted]`},
		"no path":          {`datasets?token=hush`, `datasets?token=[redacted]`},
		"password":         {`http://me:hush@h/x`, `http://[redacted]@h/x`},
		"mail address":     {`me@example.com`, `me@example.com`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Redact(test.in); got != test.want || strings.Contains(got, "hush") {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
