/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-ulid.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define TIME_SIZE   6
#define RANDOM_SIZE (FOREMAN_ULID_SIZE - TIME_SIZE)
#define MAX_TIME    ((G_GINT64_CONSTANT (1) << 48) - 1)

/* Crockford's base 32: no I, L, O and U */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
fill_random (guint8 *bytes, gsize size)
{
  while (size > 0)
    {
      gssize n = getrandom (bytes, size, 0);

      if (n < 0 && errno != EINTR)
        g_error ("the system has no random numbers: %s", g_strerror (errno));
      if (n > 0)
        {
          bytes += n;
          size -= n;
        }
    }
}

static gint64
get_time (const guint8 *bytes)
{
  gint64 time = 0;

  for (guint i = 0; i < TIME_SIZE; i++)
    time = time << 8 | bytes[i];
  return time;
}

static void
set_new (guint8 *bytes, gint64 time)
{
  for (guint i = TIME_SIZE; i > 0; i--, time >>= 8)
    bytes[i - 1] = time & 0xff;
  fill_random (bytes + TIME_SIZE, RANDOM_SIZE);
  /* room to count up within this millisecond */
  bytes[TIME_SIZE] &= 0x7f;
}

static void
increment (guint8 *bytes)
{
  for (guint i = FOREMAN_ULID_SIZE; i > 0; i--)
    if (++bytes[i - 1] != 0)
      return;
}

/**
 * foreman_ulid_generator_seed:
 * @generator: a generator
 * @ulid: a ULID
 *
 * Makes sure that what @generator makes next is higher than @ulid, as after a restart with a clock
 * that is behind.
 *
 * Returns: %FALSE if @ulid is none, or so high that none fit above it
 */
gboolean
foreman_ulid_generator_seed (ForemanUlidGenerator *generator, const char *ulid)
{
  guint8 bytes[FOREMAN_ULID_SIZE];

  g_return_val_if_fail (generator != NULL, FALSE);

  if (!foreman_ulid_parse (ulid, bytes) || get_time (bytes) == MAX_TIME)
    return FALSE;
  if (memcmp (bytes, generator->last, sizeof bytes) > 0)
    memcpy (generator->last, bytes, sizeof bytes);
  return TRUE;
}

/**
 * foreman_ulid_generator_next:
 * @generator: a generator
 * @real_time: the wall clock's time in µs since the epoch
 *
 * Makes a ULID of @real_time; where the generator has been at that time already, one just above its
 * last.
 *
 * Returns: (transfer full): a ULID that sorts behind all before it
 */
char *
foreman_ulid_generator_next (ForemanUlidGenerator *generator, gint64 real_time)
{
  gint64 now = CLAMP (real_time / 1000, 0, MAX_TIME - 1);

  g_return_val_if_fail (generator != NULL, NULL);

  if (now > get_time (generator->last))
    set_new (generator->last, now);
  else
    increment (generator->last);
  return foreman_ulid_to_string (generator->last);
}

/**
 * foreman_ulid_new_string:
 *
 * Makes a ULID of now; in one process each is higher than the one before. Any thread.
 *
 * Returns: (transfer full): a ULID
 */
char *
foreman_ulid_new_string (void)
{
  static ForemanUlidGenerator generator;
  static GMutex mutex;
  char *ulid;

  g_mutex_lock (&mutex);
  ulid = foreman_ulid_generator_next (&generator, g_get_real_time ());
  g_mutex_unlock (&mutex);
  return ulid;
}

/**
 * foreman_ulid_is_valid:
 * @text: (nullable): a text
 *
 * Returns: whether @text is a ULID in its one canonical form, with capital letters
 */
gboolean
foreman_ulid_is_valid (const char *text)
{
  guint8 bytes[FOREMAN_ULID_SIZE];

  if (!foreman_ulid_parse (text, bytes))
    return FALSE;
  for (; *text != '\0'; text++)
    if (g_ascii_islower (*text))
      return FALSE;
  return TRUE;
}

/**
 * foreman_ulid_parse:
 * @text: (nullable): a text
 * @bytes: (out caller-allocates) (array fixed-size=16): the ULID's bytes; undefined if @text is
 * none
 *
 * Reads a ULID in capital or small letters.
 *
 * Returns: whether @text is a ULID
 */
gboolean
foreman_ulid_parse (const char *text, guint8 *bytes)
{
  guint buffer = 0, bits = 0;
  gsize n = 0;

  if (text == NULL || strnlen (text, FOREMAN_ULID_LENGTH + 1) != FOREMAN_ULID_LENGTH ||
      text[0] < '0' || text[0] > '7')
    return FALSE;

  /* 26 characters are 130 bits: the first holds only three */
  for (guint i = 0; i < FOREMAN_ULID_LENGTH; i++)
    {
      const char *digit = strchr (alphabet, g_ascii_toupper (text[i]));

      if (digit == NULL)
        return FALSE;
      buffer = buffer << 5 | (guint) (digit - alphabet);
      bits += i == 0 ? 3 : 5;
      if (bits >= 8)
        {
          bits -= 8;
          bytes[n++] = buffer >> bits & 0xff;
        }
    }
  return TRUE;
}

/**
 * foreman_ulid_to_string:
 * @bytes: (array fixed-size=16): a ULID's bytes
 *
 * Returns: (transfer full): the ULID in its canonical form
 */
char *
foreman_ulid_to_string (const guint8 *bytes)
{
  guint buffer = 0, bits = 2;
  gsize n = 0;
  char *text;

  g_return_val_if_fail (bytes != NULL, NULL);

  text = g_malloc (FOREMAN_ULID_LENGTH + 1);
  for (guint i = 0; i < FOREMAN_ULID_SIZE; i++)
    {
      buffer = buffer << 8 | bytes[i];
      for (bits += 8; bits >= 5; bits -= 5)
        text[n++] = alphabet[buffer >> (bits - 5) & 0x1f];
    }
  text[n] = '\0';
  return text;
}

/**
 * foreman_ulid_get_real_time:
 * @ulid: a ULID
 *
 * Returns: when it was made, in µs since the epoch; -1 if @ulid is none
 */
gint64
foreman_ulid_get_real_time (const char *ulid)
{
  guint8 bytes[FOREMAN_ULID_SIZE];

  return foreman_ulid_parse (ulid, bytes) ? get_time (bytes) * 1000 : -1;
}
