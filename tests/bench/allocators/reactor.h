/*
 * The linker wraps every export of a command in a call of the constructors and destructors. A module that runs its
 * constructors itself, as a reactor does, is left alone. The build makes this the module's start function.
 */
void __wasm_call_ctors(void);

__attribute__((export_name("_initialize"))) void _initialize(void) { __wasm_call_ctors(); }
