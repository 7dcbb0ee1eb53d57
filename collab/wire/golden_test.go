package wire_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// frame is a line of testdata/frames.txt.
type frame struct {
	fromClient bool
	data       []byte
}

func frames(t *testing.T) []frame {
	t.Helper()
	text, err := os.ReadFile("testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []frame
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		switch side, data, _ := strings.Cut(lines.Text(), " "); side {
		case ">", "<":
			list = append(list, frame{side == ">", []byte(data)})
		case "#", "":
		default:
			t.Fatalf("line %q is of neither side", lines.Text())
		}
	}
	return list
}

func (f frame) decode() (any, error) {
	if f.fromClient {
		return wire.DecodeClient(f.data, wire.Limits{})
	}
	return wire.DecodeServer(f.data)
}

// TestGoldenFrames: what is in the file is read, and written again byte for byte.
// Vitest does the same with the types of the page.
func TestGoldenFrames(t *testing.T) {
	t.Parallel()
	for _, f := range frames(t) {
		m, err := f.decode()
		if err != nil {
			t.Errorf("%s: %v", f.data, err)
			continue
		}
		data, err := wire.Encode(m)
		if err != nil || !bytes.Equal(data, f.data) {
			t.Errorf("%T:\n got %s, %v\nwant %s", m, data, err, f.data)
		}
	}
	if _, err := wire.Encode(3); err == nil {
		t.Error("a number was encoded as a message")
	}
}

// TestEveryMessageHasAFrame: each member of each message, and of what it holds, stands
// in a frame; and each that may be absent is absent from one.
func TestEveryMessageHasAFrame(t *testing.T) {
	t.Parallel()
	present, absent := map[string]bool{}, map[string]bool{}
	for _, f := range frames(t) {
		m, err := f.decode()
		if err != nil {
			t.Fatal(err)
		}
		var value map[string]any
		if err := json.Unmarshal(f.data, &value); err != nil {
			t.Fatal(err)
		}
		typ := reflect.TypeOf(m).Elem()
		present[typ.Name()] = true
		walk(typ, value, present, absent)
	}
	for _, k := range append(wire.ClientKinds(), wire.ServerKinds()...) {
		if !present[k.Type.Name()] {
			t.Errorf("no frame of %s (%q)", k.Type.Name(), k.Name)
			continue
		}
		members(k.Type, map[reflect.Type]bool{}, func(name string, optional bool) {
			switch {
			case !present[name]:
				t.Errorf("%s is in no frame", name)
			case optional && !absent[name]:
				t.Errorf("%s is in every frame, and may be absent", name)
			}
		})
	}
}

// fieldsOf calls do with each member of a struct, those of embedded ones included.
func fieldsOf(t reflect.Type, do func(name, member string, optional bool, of reflect.Type)) {
	for i := range t.NumField() {
		f := t.Field(i)
		member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			fieldsOf(f.Type, do)
		case member != "-" && member != "":
			do(t.Name()+"."+f.Name, member, strings.HasPrefix(options, "omit"), elem(f.Type))
		}
	}
}

// elem is what a type holds that has members of its own, or not.
func elem(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

// described says whether a type's JSON is that of its fields.
func described(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !strings.HasSuffix(t.String(), "ot.ChangeSet") && t != reflect.TypeFor[wire.Range]()
}

func members(t reflect.Type, seen map[reflect.Type]bool, do func(name string, optional bool)) {
	if seen[t] {
		return
	}
	seen[t] = true
	fieldsOf(t, func(name, _ string, optional bool, of reflect.Type) {
		do(name, optional)
		if described(of) {
			members(of, seen, do)
		}
	})
}

func walk(t reflect.Type, value map[string]any, present, absent map[string]bool) {
	fieldsOf(t, func(name, member string, _ bool, of reflect.Type) {
		v, ok := value[member]
		if !ok {
			absent[name] = true
			return
		}
		present[name] = true
		if !described(of) {
			return
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, one := range list {
			walk(of, one.(map[string]any), present, absent)
		}
	})
}
