package output

// ColorMode is a value of --color.
type ColorMode string

// The values of --color.
const (
	ColorAuto   ColorMode = "auto"
	ColorAlways ColorMode = "always"
	ColorNever  ColorMode = "never"
)

// ColorModes are the values of --color, for validation, help and completion.
func ColorModes() []ColorMode {
	return []ColorMode{ColorAuto, ColorAlways, ColorNever}
}

// SetColor does what --color says: always and never overrule the environment
// and what kind of file a stream is, auto leaves what NewStreams decided.
func (s *Streams) SetColor(mode ColorMode) {
	switch mode {
	case ColorAlways:
		s.OutColor, s.ErrColor = true, true
	case ColorNever:
		s.OutColor, s.ErrColor = false, false
	case ColorAuto:
	}
}
