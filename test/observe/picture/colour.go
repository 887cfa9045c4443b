package picture

// names are the colours that the dashboards call by name, dark enough for a white
// ground.
var names = map[string]string{
	"green": "#37872d", "blue": "#1f60c4", "purple": "#8f3bb8", "yellow": "#d9a500", "orange": "#e0752d", "red": "#c4162a",
	"text": "#6e7079", "light-blue": "#5794f2", "super-light-blue": "#8ab8ff", "super-light-orange": "#f2b27c", "transparent": "none",
}

func named(name string) string {
	if c, ok := names[name]; ok {
		return c
	}
	return names["text"]
}

// palette is for series without a colour of their own. It has no red, which means
// trouble.
var palette = []string{
	"#56a64b", "#d9a500", "#5794f2", "#e0752d", "#8f3bb8", "#1f9e9e", "#b8577e", "#705da0", "#7a8b2f", "#3f6833", "#a16a3a", "#447ebc", "#6e7079",
	"#96d98d", "#f2cc0c", "#0a437c", "#cca300",
}

var shades = []string{"#0b3d91", "#1f60c4", "#3274d9", "#5794f2", "#8ab8ff", "#c0d8ff", "#274b7a", "#6f9fd8", "#9db8d8", "#4a6f9c"}
