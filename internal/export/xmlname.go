package export

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlName makes a legal name of an element or attribute from any text. What a
// name cannot have becomes _xHHHH_, with the character's number in at least
// four hexadecimal digits, as SQL/XML (ISO 9075-14) and .NET write it: "my key"
// is my_x0020_key. A colon becomes one, too, as it would ask for a namespace;
// an underscore that looks like the start of such an escape is escaped itself,
// so that the text can be had back. The empty text is _x_.
func xmlName(text string) string {
	if text == "" {
		return "_x_"
	}
	if text == "_x_" {
		return "_x005F_x_"
	}
	var name strings.Builder
	for i, r := range text {
		switch {
		case r == '_' && startsEscape(text[i:]):
			name.WriteString("_x005F_")
		case nameStart(r) || i > 0 && nameRest(r):
			name.WriteRune(r)
		default:
			name.WriteString(nameEscape(r))
		}
	}
	return name.String()
}

// IsXMLName reports whether text can be a name as it is.
func IsXMLName(text string) bool { return xmlName(text) == text }

func nameEscape(r rune) string {
	digits := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "_x" + strings.Repeat("0", max(0, 4-len(digits))) + digits + "_"
}

// startsEscape reports whether text begins as nameEscape writes it.
func startsEscape(text string) bool {
	rest, ok := strings.CutPrefix(text, "_x")
	if !ok {
		return false
	}
	digits, _, ok := strings.Cut(rest, "_")
	if !ok || len(digits) < 4 || len(digits) > 6 {
		return false
	}
	_, err := strconv.ParseUint(digits, 16, 32)
	return err == nil
}

// nameStart and nameRest allow less than XML 1.0 does: the letters that all its
// editions know, so that old readers take the names, too.
func nameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	for _, letters := range [...][2]rune{
		{0xc0, 0xd6}, {0xd8, 0xf6}, {0xf8, 0x131}, {0x134, 0x13e}, {0x141, 0x148}, {0x14a, 0x17e}, // Latin
		{0x391, 0x3a1}, {0x3a3, 0x3ce}, {0x410, 0x44f}, // Greek, Cyrillic
		{0x5d0, 0x5ea}, {0x621, 0x63a}, // Hebrew, Arabic
		{0x3041, 0x3094}, {0x30a1, 0x30fa}, {0x4e00, 0x9fa5}, {0xac00, 0xd7a3}, // Japanese, Chinese, Korean
	} {
		if r >= letters[0] && r <= letters[1] {
			return true
		}
	}
	return false
}

func nameRest(r rune) bool {
	return nameStart(r) || r == '-' || r == '.' || r >= '0' && r <= '9'
}
