/* SPDX-License-Identifier: MIT */
#include "sim-text.h"

#include <string.h>

static const char *const english_words[] = {
  "the",      "a",       "model",    "answer",  "house",   "river",   "light",   "morning",
  "small",    "window",  "carries",  "finds",   "keeps",   "under",   "over",    "near",
  "garden",   "quiet",   "stone",    "paper",   "letter",  "road",    "winter",  "summer",
  "bright",   "old",     "new",      "child",   "teacher", "doctor",  "machine", "number",
  "question", "reason",  "idea",     "music",   "learns",  "builds",  "opens",   "closes",
  "follows",  "leaves",  "returns",  "before",  "after",   "because", "while",   "often",
  "never",    "always",  "perhaps",  "slowly",  "quickly", "and",     "but",     "or",
  "with",     "without", "from",     "into",    "through", "between", "water",   "fire",
  "wind",     "forest",  "mountain", "valley",  "island",  "harbour", "bridge",  "tower",
  "market",   "station", "library",  "kitchen", "table",   "chair",   "lamp",    "clock",
  "map",      "story",   "song",     "picture", "colour",  "red",     "green",   "blue",
  "warm",     "cold",    "simple",   "complex", "careful", "gentle",  "strong",  "young",
  "early",    "late",    "first",    "last",    "second",  "example", "problem", "method",
  "result",   "system",  "process",  "queue",   "request", "memory",  "signal",  "pattern",
  "measure",  "balance", "choice",   "change",  "growth",  "is",      "was",     "has",
  "can",      "may",     "will",     "needs",   "wants",   "makes",   "gives",   "takes",
  "shows",    "says",    "thinks",   "knows",   "means",   "seems",   "it",      "they",
  "we",       "this",    "that",     "these",   "those",   "some",    "many",    "few",
  "each",     "every",   "other",    "such",    "own",     "same",    "here",    "there",
  "then",
};

/* splitmix64's finisher */
guint64
sim_mix (guint64 value)
{
  value += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  value = (value ^ (value >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return value ^ (value >> 31);
}

guint64
sim_hash (const char *text, gsize length, guint64 seed)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325) ^ seed;

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guchar) text[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return sim_mix (hash);
}

static void
append_syllables (GString *out, guint64 value)
{
  static const char consonants[] = "bcdfghklmnprstvz", vowels[] = "aeiou";
  guint count = 1 + (guint) (value % 3);

  for (guint i = 0; i < count; i++)
    {
      value = sim_mix (value);
      g_string_append_c (out, consonants[value % 16]);
      g_string_append_c (out, vowels[(value >> 8) % 5]);
    }
}

void
sim_text_word (GString *out, gboolean english, guint64 value)
{
  if (english)
    g_string_append (out, english_words[value % G_N_ELEMENTS (english_words)]);
  else
    append_syllables (out, value % 400);
}

/* Whether a sentence ends in front of token @index. */
static gboolean
is_stop (guint64 seed, guint index)
{
  return index > 3 && sim_mix (seed ^ (0xabcdefull + index)) % 11 == 0;
}

/* Appends token @index of the text that @seed stands for. */
void
sim_text_token (GString *out, gboolean english, guint64 seed, guint index)
{
  guint64 value = sim_mix (seed + (index + 1) * G_GUINT64_CONSTANT (0x632be59bd9b4e019));
  gsize start;

  if (english && is_stop (seed, index))
    {
      g_string_append_c (out, '.');
      return;
    }
  if (!english || index > 0)
    g_string_append_c (out, ' ');
  start = out->len;
  sim_text_word (out, english, value >> 16);
  if (english && (index == 0 || is_stop (seed, index - 1)))
    out->str[start] = g_ascii_toupper (out->str[start]);
}

/* About as many as a real tokenizer makes of it: one for every four bytes of a word. */
int
sim_text_count_tokens (const char *text, gsize length)
{
  int count = 0;
  gsize word = 0;

  for (gsize i = 0; i <= length; i++)
    {
      if (i < length && !g_ascii_isspace (text[i]))
        {
          word++;
          continue;
        }
      count += (int) ((word + 3) / 4);
      word = 0;
    }
  return MAX (count, 1);
}

int
sim_text_token_id (const char *text, gsize length, int vocabulary)
{
  return 3 + (int) (sim_hash (text, length, 0) % (guint64) MAX (vocabulary - 3, 1));
}

/* Appends the ids of @text's tokens, as "context" lists them. */
void
sim_text_append_ids (GArray *ids, const char *text, int vocabulary)
{
  while (*text != '\0')
    {
      gsize length = 0;
      int id;

      while (text[length] != '\0' && length < 4 && (length == 0 || !g_ascii_isspace (text[length])))
        length++;
      id = sim_text_token_id (text, length, vocabulary);
      g_array_append_val (ids, id);
      text += length;
    }
}

/* Cuts JSON into tokens as a model would write it. Returns: (transfer full) */
GPtrArray *
sim_text_split (const char *json)
{
  GPtrArray *tokens = g_ptr_array_new_with_free_func (g_free);

  while (*json != '\0')
    {
      gsize length = 1;

      if (g_ascii_isalnum (*json) || *json == ' ')
        while (g_ascii_isalnum (json[length]) || json[length] == '_')
          length++;
      while (((guchar) json[length] & 0xc0) == 0x80)
        length++;
      g_ptr_array_add (tokens, g_strndup (json, length));
      json += length;
    }
  return tokens;
}
