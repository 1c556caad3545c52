/* SPDX-License-Identifier: MIT */
#include "http/foreman-http-date.h"

#include <libsoup/soup.h>

/**
 * foreman_http_date_now:
 *
 * The value of a `Date` header for an answer that goes out now. Main thread: the text is made once
 * a second.
 *
 * Returns: (transfer none): a date, valid until the next call
 */
const char *
foreman_http_date_now (void)
{
  static char *text;
  static gint64 second;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (now != second || !text)
    {
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (now);

      g_free (text);
      text = soup_date_time_to_string (date, SOUP_DATE_HTTP);
      second = now;
    }
  return text;
}
