/* SPDX-License-Identifier: MIT */
#include "commands/foreman-progress.h"
#include "commands/foreman-table.h"
#include "commands/foreman-terminal.h"

#include <string.h>

static const char *
get_color (const char *cell)
{
  return g_str_equal (cell, "failed") ? "31" : NULL;
}

static const ForemanColumn columns[] = {
  { .title = "ID", .min = 10 },
  { .title = "STATE", .min = 6, .get_color = get_color },
  { .title = "MODEL", .min = 8, .max = 40, .rank = 2 },
  { .title = "TOKENS", .min = 6, .is_right = TRUE, .rank = 3 },
  { .title = "NOTE", .min = 8, .rank = 1 },
};

static ForemanTable *
make_table (void)
{
  static const char *const rows[][5] = {
    { "01JZZZZZZZ", "done", "qwen3:8b-instruct-q4_K_M-with-a-long-name", "1,234", NULL },
    { "01JZZZZZZY", "failed", "llama3.2", "7", "the model does not answer, 模型没有回答, at all" },
  };
  ForemanTable *table = foreman_table_new (columns, G_N_ELEMENTS (columns));

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    foreman_table_add (table, rows[i]);
  return table;
}

static void
a_table_fits_any_width (void)
{
  static const guint widths[] = { 20, 40, 60, 80, 120 };

  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_autoptr (ForemanTable) table = make_table ();
      g_autofree char *text = foreman_table_render (table, widths[i], TRUE, FALSE);
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

      g_test_message ("%u:\n%s", widths[i], text);
      g_assert_cmpuint (g_strv_length (lines), ==, 4);
      for (gsize line = 0; line < 3; line++)
        g_assert_cmpuint (foreman_text_get_width (lines[line]), <=, widths[i]);
      /* what tells rows apart stays whole however narrow it gets */
      g_assert_true (g_str_has_prefix (lines[1], "01JZZZZZZZ  done"));
      g_assert_true (g_str_has_prefix (lines[2], "01JZZZZZZY  failed"));
    }
}

static void
columns_go_in_the_order_of_their_rank (void)
{
  g_autoptr (ForemanTable) table = make_table ();
  g_autofree char *narrow = foreman_table_render (table, 40, TRUE, FALSE);
  g_autofree char *wide = foreman_table_render (table, 120, TRUE, FALSE);

  g_assert_null (strstr (narrow, "TOKENS"));
  g_assert_nonnull (strstr (narrow, "NOTE"));
  g_assert_nonnull (strstr (narrow, "…"));
  g_assert_nonnull (strstr (wide, "TOKENS"));
  g_assert_nonnull (strstr (wide, "the model does not answer"));
}

static void
what_is_no_terminal_gets_all (void)
{
  g_autoptr (ForemanTable) table = make_table ();
  g_autofree char *text = foreman_table_render (table, 0, FALSE, FALSE);

  g_assert_null (strstr (text, "STATE"));
  g_assert_nonnull (strstr (text, "模型没有回答, at all\n"));
  g_assert_nonnull (strstr (text, "  qwen3:8b-instruct-q4_K_M-with-a-long-name  1,234  -\n"));
  g_assert_null (strstr (text, "…"));
}

static void
only_what_asks_for_it_is_coloured (void)
{
  g_autoptr (ForemanTable) table = make_table ();
  g_autofree char *text = foreman_table_render (table, 120, TRUE, TRUE);
  g_autofree char *plain = foreman_table_render (table, 120, TRUE, FALSE);

  g_assert_nonnull (strstr (text, "\033[31mfailed\033[0m"));
  g_assert_null (strstr (text, "\033[31mdone"));
  g_assert_true (g_str_has_prefix (text, "\033[1mID\033[0m"));
  g_assert_null (strchr (plain, '\033'));
}

static void
cells_do_not_steer_the_terminal (void)
{
  static const char *const cells[] = { "a\033]0;title\007b", "x\ny", "\xff", "1",
                                       "\xc2\x9b"
                                       "31m" };
  g_autoptr (ForemanTable) table = foreman_table_new (columns, G_N_ELEMENTS (columns));
  g_autofree char *text = NULL;

  foreman_table_add (table, cells);
  text = foreman_table_render (table, 80, FALSE, FALSE);
  g_assert_null (strchr (text, '\033'));
  g_assert_null (strchr (text, '\007'));
  g_assert_null (strstr (text, "\xc2\x9b"));
  g_assert_true (strchr (text, '\n') == text + strlen (text) - 1);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_nonnull (strstr (text, "x y"));
}

static void
text_is_cut_between_characters (void)
{
  static const struct
  {
    const char *text;
    guint width;
    const char *fit;
  } cases[] = {
    { "abc", 3, "abc" },
    { "abcd", 3, "ab…" },
    { "日本語", 6, "日本語" },
    { "日本語", 5, "日本…" },
    { "日本語", 4, "日…" },
    { "日本語", 1, "…" },
    { "e\xcc\x81x", 2, "e\xcc\x81x" },
    { "abc", 0, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *fit = foreman_text_fit (cases[i].text, cases[i].width);

      g_assert_cmpstr (fit, ==, cases[i].fit);
      g_assert_cmpuint (foreman_text_get_width (fit), <=, cases[i].width);
    }
}

static void
colour_is_chosen (void)
{
  gboolean color;

  g_assert_true (foreman_terminal_choose_color ("always", -1, &color));
  g_assert_true (color);
  g_assert_true (foreman_terminal_choose_color ("never", -1, &color));
  g_assert_false (color);
  g_assert_true (foreman_terminal_choose_color (NULL, -1, &color));
  g_assert_false (color);
  g_assert_false (foreman_terminal_choose_color ("sometimes", -1, &color));
}

static void
a_bar_fits_and_grows (void)
{
  g_autofree char *half = foreman_progress_render (0.5, "10 of 20", 80);
  g_autofree char *narrow = foreman_progress_render (0.5, "10 of 20", 20);
  g_autofree char *unknown = foreman_progress_render (-1, "10 submitted", 80);
  g_autofree char *tiny = foreman_progress_render (1, "a text that has no room", 12);

  g_assert_true (g_str_has_prefix (half, " 50% ▕████"));
  g_assert_true (g_str_has_suffix (half, "▏ 10 of 20"));
  g_assert_cmpuint (foreman_text_get_width (half), <, 80);
  g_assert_cmpstr (narrow, ==, " 50% 10 of 20");
  g_assert_cmpstr (unknown, ==, "10 submitted");
  g_assert_cmpuint (foreman_text_get_width (tiny), <=, 11);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-table/fit", a_table_fits_any_width);
  g_test_add_func ("/command-table/rank", columns_go_in_the_order_of_their_rank);
  g_test_add_func ("/command-table/no-terminal", what_is_no_terminal_gets_all);
  g_test_add_func ("/command-table/color", only_what_asks_for_it_is_coloured);
  g_test_add_func ("/command-table/controls", cells_do_not_steer_the_terminal);
  g_test_add_func ("/command-table/cut", text_is_cut_between_characters);
  g_test_add_func ("/command-table/choose-color", colour_is_chosen);
  g_test_add_func ("/command-table/bar", a_bar_fits_and_grows);
  return g_test_run ();
}
