/* SPDX-License-Identifier: MIT */
#include "libspread/openssl.h"

#include <dlfcn.h>
#include <string.h>

/* Weak, so that no program has to be linked to what has them: before glibc 2.34 that was libdl, and a
 * program without libraries has none. */
#pragma weak dlopen
#pragma weak dlsym

struct openssl ossl;

static bool find(void *library, const char *name, void *pointer)
{
    void *function = dlsym(library, name);
    memcpy(pointer, &function, sizeof function); /* ISO C has no cast for this */
    return function != NULL;
}

static bool find_all(void *library)
{
#define OPENSSL_FIND(name, result, parameters) &&find(library, #name, &ossl.name)
    return true OPENSSL_FUNCTIONS(OPENSSL_FIND);
#undef OPENSSL_FIND
}

bool openssl_load(void)
{
    static bool loaded;
    if (loaded)
        return true;
    void *library = dlopen && dlsym ? dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL) : NULL;
    loaded = library && find_all(library); /* for as long as the process runs */
    return loaded;
}
