package runner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testseed"
)

// fill sets every field of a value to something random that is not zero.
func fill(rng *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("é\"<%x>", rng.Uint64()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + rng.Int64N(1<<62))
	case reflect.Float64:
		v.SetFloat(1 + rng.Float64())
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), 1+rng.IntN(3), 4)
		for i := range list.Len() {
			fill(rng, list.Index(i))
		}
		v.Set(list)
	case reflect.Uint8:
		v.SetUint(uint64(rng.IntN(256)))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rng, v.Field(i))
		}
	default:
		panic(fmt.Sprintf("%v is not a plain value", v.Type()))
	}
}

// leaves calls change for every string, number and list in a value, by its path in JSON,
// with the fields that the tag hash:"-" leaves out marked.
func leaves(v reflect.Value, path string, hashed bool, change func(path string, hashed bool, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			leaves(v.Field(i), path+"."+name, hashed && field.Tag.Get("hash") != "-", change)
		}
	case reflect.Slice:
		change(path, hashed, v)
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), hashed, change)
			}
		}
	default:
		change(path, hashed, v)
	}
}

// mutations are the ways to make a leaf another value.
func mutations(v reflect.Value) []func() {
	zero := func() { v.SetZero() }
	switch v.Kind() {
	case reflect.String:
		old := v.String()
		return []func(){zero, func() { v.SetString(old + "x") }, func() { v.SetString(old + "\x00") }, func() { v.SetString("\xff") }}
	case reflect.Slice:
		old := v.Slice(0, v.Len())
		return []func(){zero, func() { v.Set(reflect.Append(old, reflect.Zero(v.Type().Elem()))) }}
	case reflect.Int, reflect.Int64:
		old := v.Int()
		return []func(){zero, func() { v.SetInt(old + 1) }, func() { v.SetInt(-old) }}
	case reflect.Float64:
		old := v.Float()
		return []func(){zero, func() { v.SetFloat(old / 3) }}
	}
	return []func(){zero}
}

// A Request and a Plan are values: every field survives JSON, and one that is changed
// makes another value, with another hash unless its tag says that it has none. Fields are
// found by reflection, so that none can be forgotten.
func TestValues(t *testing.T) {
	t.Parallel()
	t.Run("Request", func(t *testing.T) {
		testValue(t, Request.Equal, Request.Hash, ".owner", ".cache.off", ".cache.results", ".cache.scope")
	})
	t.Run("Plan", func(t *testing.T) { testValue(t, Plan.Equal, Plan.Hash) })
}

// testValue tests one type; unhashed are the paths of what is not in its hash.
func testValue[T any](t *testing.T, equal func(a, b T) bool, hash func(T) Hash, unhashed ...string) {
	t.Parallel()
	rng := testseed.Rand(t)
	for range 10 {
		var v T
		fill(rng, reflect.ValueOf(&v).Elem())
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back T
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(v, back) || !equal(v, back) || hash(v) != hash(back) {
			t.Fatalf("another value came out of %s: %+v", text, back)
		}
		// A deep copy is changed in one leaf, and put back.
		seen := map[Hash]string{hash(v): "the value itself"}
		var left []string
		leaves(reflect.ValueOf(&back).Elem(), "", true, func(path string, hashed bool, leaf reflect.Value) {
			old := reflect.New(leaf.Type()).Elem()
			old.Set(leaf)
			if !hashed {
				left = append(left, path)
			}
			for i, mutate := range mutations(leaf) {
				mutate()
				h := hash(back)
				where := fmt.Sprintf("%s, mutation %d", path, i)
				if other, ok := seen[h]; hashed && ok {
					t.Errorf("%s has the hash of %s", where, other)
				} else if !hashed && h != hash(v) {
					t.Errorf("%s changes the hash", where)
				}
				seen[h] = where
				if equal(v, back) || equal(back, v) {
					t.Errorf("%s: equal to the value without", where)
				}
				leaf.Set(old)
			}
		})
		if !equal(v, back) {
			t.Fatal("the test did not put the value back")
		}
		if fmt.Sprint(left) != fmt.Sprint(unhashed) {
			t.Fatalf("not hashed: %v, want %v", left, unhashed)
		}
	}
}

// Names in JSON are stable and of one form, for a program in any language.
func TestValueNames(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				f := typ.Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if !form.MatchString(name) {
					t.Errorf("%v.%s is %q in JSON", typ, f.Name, name)
				}
				if f.Type.String() == "time.Duration" && !strings.HasSuffix(name, "_ns") {
					t.Errorf("%v.%s is %q in JSON, and a number of nanoseconds", typ, f.Name, name)
				}
				walk(f.Type)
			}
		case reflect.Interface, reflect.Func, reflect.Chan, reflect.Pointer, reflect.Map, reflect.UnsafePointer:
			t.Errorf("a %v is not a plain value", typ)
		}
	}
	walk(reflect.TypeFor[Request]())
	walk(reflect.TypeFor[Plan]())
}

// Hashes are the same on every machine and in every version of corust: what is stored by
// one is found by another. A change here needs a new version in the kind.
func TestHashIsStable(t *testing.T) {
	t.Parallel()
	req := Request{
		Owner: "a", Action: ActionRun, Files: []File{{Name: MainFile, Data: []byte("fn main() {}\n")}, {Name: "empty"}},
		Args: Strings{"", "\xff"}, Limits: Limits{CPUs: 1.5, RunTime: 1},
	}
	plan := Plan{
		Files: req.Files, Steps: []Step{{Stage: StageRun, Argv: Strings{"/work/.main"}, Stdin: StdinCaller}, {Stderr: Format{Name: "x"}}},
	}
	for _, tt := range []struct{ what, got, want string }{
		{"request", req.Hash().String(), "ab5be1ae419559dba3c2c2b3624aed6f620a47fc6de3f744988b38e499c5a330"},
		{"empty request", Request{}.Hash().String(), "62d1d5fe36f9f0f84bb90490049a5f918345adc96e93f54fac53f6e237b0fa95"},
		{"plan", plan.Hash().String(), "ca597bd4b27d9874139c6516a92eb3ce0e2e2f8b417180796d4976be86c6f26b"},
		{"empty plan", Plan{}.Hash().String(), "6ddb9adf0d8c209dfc9e8d114562a6f71e40c67d101b4c9f999e217be38cf14c"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: hash %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}

// What moves bytes from one field or element to the next is another value.
func TestHashKeepsBoundaries(t *testing.T) {
	t.Parallel()
	list := []Request{
		{Args: Strings{"ab", "c"}}, {Args: Strings{"a", "bc"}}, {Args: Strings{"abc"}}, {Args: Strings{"ab", "c", ""}},
		{Env: Strings{"ab", "c"}},
		{Files: []File{{Name: "ab", Data: []byte("c")}}}, {Files: []File{{Name: "a", Data: []byte("bc")}}},
		{Files: []File{{Name: "abc"}}}, {Files: []File{{Name: "ab"}, {Name: "c"}}}, {Files: []File{{}, {Name: "abc"}}},
		{Main: "abc"}, {Channel: "abc"}, {Main: "\xff"}, {Main: "\xfe"}, {Main: "\ufffd"},
	}
	seen := map[Hash]int{}
	for i, r := range list {
		if j, ok := seen[r.Hash()]; ok || i > 0 && r.Equal(list[i-1]) {
			t.Errorf("requests %d and %d have one hash, or are equal", i, j)
		}
		seen[r.Hash()] = i
	}
	none, empty := Request{}, Request{Files: []File{}, Args: Strings{}}
	if !none.Equal(empty) || none.Hash() != empty.Hash() {
		t.Error("a nil list is another than an empty one")
	}
}

// What JSON says is a plan is taken as that plan or refused, and its hash does not fail.
func FuzzPlanJSON(f *testing.F) {
	f.Add([]byte(`{"files":[{"name":"main.rs","data":"Zm4="}],"steps":[{"stage":"run","argv":["eA=="],"stderr":{"name":"x"}}],"input":""}`))
	f.Add([]byte(`{"steps":null,"warnings":["\ud800"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p, again Plan
		if json.Unmarshal(data, &p) != nil {
			t.Skip("not a plan")
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &again); err != nil || !p.Equal(again) || p.Hash() != again.Hash() {
			t.Errorf("%s became %s, %v", data, text, err)
		}
	})
}

// BenchmarkHash hashes a request and the plan of one file.
func BenchmarkHash(b *testing.B) {
	req := program(strings.Repeat("x", 4<<10))
	plan, err := words{}.Plan(Request{Action: ActionRun, Files: req.Files}, Toolchain{Rustc: "/rustc"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = req.Hash(), plan.Hash()
	}
}
