// Found only where the real header is not: .cargo/config.toml puts this folder behind every other on the C++ compiler's
// search path. torch-sys does not look whether there is a libtorch before it compiles against it, and may be built before
// the engine's own build script can say so.
#if __has_include_next(<torch/torch.h>)
#include_next <torch/torch.h>
#else
// A missing file ends the compilation at once; an #error would be buried under what follows from it.
#include "libtorch is missing: run `cargo xtask play` or `cargo xtask test` once, which fetch it, or set LIBTORCH"
#endif
