/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FAKE_TYPE_RESOLVER (fake_resolver_get_type ())
G_DECLARE_FINAL_TYPE (FakeResolver, fake_resolver, FAKE, RESOLVER, GResolver)

/* The process's resolver from now on: knows only what it was told. */
FakeResolver *fake_resolver_install (void);
/* @addresses: with spaces between them; instead of what the name stood for before. */
void fake_resolver_add (FakeResolver *self, const char *name, const char *addresses);

G_END_DECLS
