package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// Every row of the table of attacks has a program, or a reason for having none,
// and not both.
func TestEveryRow(t *testing.T) {
	t.Parallel()
	covered := map[int]bool{}
	for _, p := range hostile(t) {
		for _, n := range p.Rows {
			covered[n] = true
		}
		if !strings.HasPrefix(p.Name, fmt.Sprintf("%02d-", p.Rows[0])) {
			t.Errorf("%s is about row %d", p.Name, p.Rows[0])
		}
		if check := p.fields["check"]; check != "" && checks[check] == nil {
			t.Errorf("%s: there is no check %q", p.Name, check)
		}
		if _, err := p.Request(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	for _, n := range Generated {
		covered[n] = true
	}
	reasons := WithoutProgram()
	for n := 1; n <= RowCount; n++ {
		reason, without := reasons[n]
		if covered[n] == without {
			t.Errorf("row %d: a program: %t, a reason for none: %q", n, covered[n], reason)
		}
	}
	for name := range numbers {
		if !strings.Contains(fmt.Sprint(names(t)), " "+name+" ") {
			t.Errorf("there is a check for %s, which does not exist", name)
		}
	}
}

// hostile returns the programs, of which there are many.
func hostile(t *testing.T) []Program {
	t.Helper()
	programs, err := Programs()
	if err != nil {
		t.Fatal(err)
	}
	if len(programs) < 60 {
		t.Fatalf("only %d hostile programs", len(programs))
	}
	return programs
}

func names(t *testing.T) []string {
	all := []string{""}
	for _, p := range hostile(t) {
		all = append(all, p.Name)
	}
	return append(all, "")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":    "fn main() {}",
		"no verdict": "//! row 1: x\nfn main() {}",
		"no row":     "//! verdict: ok\n",
		"bad row":    "//! row x: y\n//! verdict: ok\n",
		"bad field":  "//! row 1: x\n//! verdict: ok\n//! verdit: ok\n",
	} {
		p := Program{text: []byte(text), fields: map[string]string{}}
		if err := p.parse(); err == nil {
			t.Errorf("%s: %v is accepted", name, p.fields)
		}
	}
	p := Program{text: []byte("//! rows 6, 8: a\n//! b\n//! verdict: exit 3\nfn"), fields: map[string]string{}}
	if err := p.parse(); err != nil || fmt.Sprint(p.Rows) != "[6 8]" || p.fields["verdict"] != "exit 3" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestLimitsOfAProgram: a head may set any limit of the table, by its name.
func TestLimitsOfAProgram(t *testing.T) {
	t.Parallel()
	for _, row := range runner.LimitTable() {
		p := Program{fields: map[string]string{"limits": row.Name + "=" + strings.ReplaceAll(row.Unit.Format(row.Most), " bytes", "")}}
		req, err := p.Request()
		if err != nil || row.Of(req.Limits) != row.Most {
			t.Errorf("%s: %v, %v", p.fields["limits"], row.Of(req.Limits), err)
		}
	}
	for _, limits := range []string{"memroy=1GiB", "memory", "memory=much", "memory=1", "run_time=1"} {
		p := Program{fields: map[string]string{"limits": limits}}
		if _, err := p.Request(); err == nil {
			t.Errorf("%q is accepted", limits)
		}
	}
}

// The law holds for what a run may look like, and for nothing else.
func TestLawful(t *testing.T) {
	t.Parallel()
	for name, want := range lawCases() {
		err := lawful(want.record, 10)
		if (err == nil) != want.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
