package runner

import (
	"fmt"
	"reflect"
	"testing"
)

// layer has a value of each option that can be told from those of other layers.
func layer(n int) Choices {
	return Choices{
		Mode: Mode(fmt.Sprint("mode", n)), Edition: Edition(fmt.Sprint("edition", n)), Channel: Channel(fmt.Sprint("channel", n)), CrateType: CrateType(fmt.Sprint("type", n)),
		Flags: []string{"-C", fmt.Sprint(n)}, Args: []string{fmt.Sprint("arg", n)}, Env: []string{fmt.Sprint("A=", n)},
	}
}

// Each option is decided by itself: request before source before defaults, or source before
// request if the request says so. Flags and environment of both are kept, the prevailing
// ones last. The options are found by reflection, so that none is forgotten.
func TestPrecedenceOfOptions(t *testing.T) {
	t.Parallel()
	const request, source, byDefault = 1, 2, 3
	defaults := Options{Action: ActionRun, Mode: layer(byDefault).Mode, Edition: layer(byDefault).Edition, Channel: layer(byDefault).Channel}
	typ := reflect.TypeFor[Choices]()
	for i := range typ.NumField() {
		field := typ.Field(i).Name
		one := func(n int) reflect.Value { return reflect.ValueOf(layer(n)).Field(i) }
		for _, tt := range []struct {
			request, source, sourceFirst bool
			order                        []int // prevailing last
		}{
			{false, false, false, []int{byDefault}},
			{false, false, true, []int{byDefault}},
			{true, false, false, []int{request}},
			{true, false, true, []int{request}},
			{false, true, false, []int{source}},
			{false, true, true, []int{source}},
			{true, true, false, []int{source, request}},
			{true, true, true, []int{request, source}},
		} {
			var asked, said Choices
			if tt.request {
				reflect.ValueOf(&asked).Elem().Field(i).Set(one(request))
			}
			if tt.source {
				reflect.ValueOf(&said).Elem().Field(i).Set(one(source))
			}
			got := Request{SourceFirst: tt.sourceFirst}.with(asked).resolve(said, defaults)
			want := one(tt.order[len(tt.order)-1])
			switch field {
			case "Flags", "Env":
				want = reflect.Zero(want.Type())
				for _, n := range tt.order {
					if n != byDefault {
						want = reflect.AppendSlice(want, one(n))
					}
				}
			case "Args", "CrateType":
				if tt.order[0] == byDefault {
					want = reflect.Zero(want.Type())
				}
			}
			have := reflect.ValueOf(got.choices()).Field(i)
			if fmt.Sprint(have) != fmt.Sprint(want) {
				t.Errorf("%s of %+v: %v, want %v", field, tt, have, want)
			}
			if fromSource := !tt.source && (!tt.request || tt.sourceFirst); field == "Edition" && got.SourceFirst != fromSource {
				t.Errorf("%+v: a manifest's edition comes first: %t", tt, got.SourceFirst)
			}
		}
	}
}
