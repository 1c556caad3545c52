/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What a target answers, as far as the inventory looks, in the same process. */
typedef struct
{
  SoupServer *server; /* (nullable): NULL while it is down */
  guint port;
  char *tags;
  char *ps;
  guint status; /* of tags and ps */
  guint embed_status;
  gboolean hold_ps;    /* answer ps only when told to */
  gboolean hold_embed; /* answer embed only when told to */
  GPtrArray *held;     /* of SoupServerMessage */
  guint n_tags, n_ps, n_embed, n_other;
  char *last_embed;
} FakeOllama;

void fake_ollama_start (FakeOllama *fake);
void fake_ollama_stop (FakeOllama *fake);
void fake_ollama_clear (FakeOllama *fake);
char *fake_ollama_get_url (FakeOllama *fake);
void fake_ollama_set_tags (FakeOllama *fake, const char *model);
void fake_ollama_set_ps (FakeOllama *fake, const char *model);
void fake_ollama_answer_held (FakeOllama *fake);

/* Lets the loop turn until the condition holds. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
