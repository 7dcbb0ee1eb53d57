package runner

import "testing"

// Each edition came with a release. A version without a number is an error, and not
// taken for a current one.
func TestDefaultEdition(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]Edition{
		"1.0.0": "2015", "1.30.1": "2015", "1.31.0": "2018", "1.55.0": "2018", "1.56.1": "2021", "1.84.1": "2021",
		"1.85.0": "2024", "1.97.0-nightly": "2024", "1.96.0-beta.3": "2024", "2.0.0": "2024",
		"": "", "unknown": "", "1": "", "v1.85.0": "",
	} {
		got, err := Toolchain{Version: version}.DefaultEdition()
		if got != want || (err == nil) != (want != "") {
			t.Errorf("version %q: edition %q, %v; want %q", version, got, err, want)
		}
	}
}
