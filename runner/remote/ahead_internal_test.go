package remote

import (
	"math"
	"testing"
)

func TestWhatIsKeptBehindAGapIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	var a ahead
	const size = MaxMessage / 2
	for n := range int64(1000) {
		a.put(frame{N: n + 6, size: size}, 5)
		a.put(frame{N: math.MaxInt64 - n, size: size}, 5)
		a.put(frame{N: n + 6, size: size}, 5) // again
	}
	if len(a.frames) != maxAhead/size || a.bytes != maxAhead {
		t.Fatalf("%d frames of %d bytes are kept", len(a.frames), a.bytes)
	}
	a.put(frame{N: 4, size: size}, 5)
	if _, ok := a.take(4); ok {
		t.Error("a frame that was taken is kept again")
	}
	a.put(frame{N: 5, size: size}, 5)
	for n := int64(5); n <= 6; n++ {
		if _, ok := a.take(n); !ok {
			t.Errorf("frame %d is not there", n)
		}
	}
	if _, ok := a.take(6); ok || a.bytes != maxAhead-size {
		t.Errorf("after two frames were taken, the others have %d bytes", a.bytes)
	}
}

func TestAFrameKnowsHowLongItsMessageWas(t *testing.T) {
	t.Parallel()
	data := encode(frame{Kind: kindPart, Data: make([]byte, 1000)})
	if f, err := decode(data); err != nil || f.size != len(data) {
		t.Errorf("%d bytes of %d, %v", f.size, len(data), err)
	}
}
