package engine

// Labels of what corust makes. Those of an image describe it to the backend that runs
// it, those of a container to the process that removes it.
const (
	// LabelImage marks an image of corust's; its value is the content hash of
	// everything that it was built from.
	LabelImage = "dev.corust.image"
	// LabelBase marks a base image made on this machine; its value is the hash
	// of its recipe.
	LabelBase = "dev.corust.base"
	// LabelChannel is the toolchain's channel: "stable".
	LabelChannel = "dev.corust.channel"
	// LabelRustc is rustc's version: "1.95.0".
	LabelRustc = "dev.corust.rustc"
	// LabelToolchain is the toolchain's id: see package toolid.
	LabelToolchain = "dev.corust.toolchain"
	// LabelComponents lists, separated by commas, what there is besides rustc:
	// "rustdoc", "clippy", "rustfmt", "miri", "miri-sysroot", "wasm-tools" and WasmTarget.
	LabelComponents = "dev.corust.components"
	// LabelSet is the hash of the set of crates; empty for none.
	LabelSet = "dev.corust.set"
	// LabelLinkArgs are the arguments with which rustc's own lld links programs: see package
	// directlink. They are empty if rustc has to start the C compiler.
	LabelLinkArgs = "dev.corust.link-args"
	// LabelFrom is the reference of the image that this one was built on.
	LabelFrom = "dev.corust.from"
	// LabelAgent is the version of the protocol that the image's agent speaks.
	LabelAgent = "dev.corust.agent"
	// LabelBox marks a container that is a box.
	LabelBox = "dev.corust.box"
	// LabelOwner names the process that made a container, as runner/docker
	// defines it.
	LabelOwner = "dev.corust.owner"
)

// WasmTarget is the target other than its host's that an image may have the standard
// library of.
const WasmTarget = "wasm32-unknown-unknown"

// Repository is the name of all images of corust; their tags differ. It is never
// pulled.
const Repository = "corust/box"

// UncheckedPrefix begins the tag of an image that is being built.
const UncheckedPrefix = "unchecked-"

// BaseRepository is the same for bases made here.
const BaseRepository = "corust/base"

// Where things are in an image, whatever its base.
const (
	ToolchainPath = "/opt/corust/toolchain" // a link to rustc's sysroot
	SetPath       = "/opt/corust/set"
	MiriPath      = "/opt/corust/miri" // the standard library for Miri
	WasmToolsPath = "/usr/local/bin/wasm-tools"
)

// The users of boxes on the host, one for each box. An image has a name for all. They
// are above those of native boxes, and below 2³¹, where some file systems stop.
const (
	UserBase = 0x70020000
	Users    = 4096
)
