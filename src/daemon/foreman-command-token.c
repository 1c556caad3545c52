/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-command-options.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "http/foreman-tokens-file.h"
#include "http/foreman-tokens.h"
#include "libforeman/foreman-error.h"

#define SECRET_SIZE 32

static const char summary[] =
    "Keeps the tokens of clients, in the file FOREMAN_TOKENS_FILE.\n\n"
    "  add NAME --scope SCOPES   makes a token and prints it, this once\n"
    "  list                      prints names, scopes and limits\n"
    "  remove NAME               takes one out\n\n"
    "Scopes: inference, jobs, jobs:all, manage, admin. A running service reads the file again "
    "on SIGHUP.";

typedef struct
{
  ForemanCommandOptions common;
  char *file;   /* (owned) (nullable) */
  GStrv scopes; /* (owned) (nullable) */
  char *class;  /* (owned) (nullable) */
  int max_priority;
  gboolean json;
} TokenOptions;

static void
token_options_clear (TokenOptions *options)
{
  foreman_command_options_clear (&options->common);
  g_free (options->file);
  g_strfreev (options->scopes);
  g_free (options->class);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TokenOptions, token_options_clear)

/* Returns: (transfer full) (nullable): a token, or %NULL where the kernel gives no random bytes */
static char *
make_secret (void)
{
  guint8 bytes[SECRET_SIZE];
  gsize done = 0;
  char *secret;

  while (done < sizeof bytes)
    {
      gssize n = getrandom (bytes + done, sizeof bytes - done, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return NULL;
      done += (gsize) n;
    }
  secret = g_base64_encode (bytes, sizeof bytes);
  explicit_bzero (bytes, sizeof bytes);
  g_strdelimit (secret, "+", '-');
  g_strdelimit (secret, "/", '_');
  secret[strcspn (secret, "=")] = '\0';
  return secret;
}

static int
fail (const GError *error)
{
  g_printerr ("foreman: %s\n", error->message);
  return g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG) ? FOREMAN_EXIT_CONFIG
                                                                              : FOREMAN_EXIT_FAILED;
}

static const char *
fill_token (ForemanToken *token, const TokenOptions *options)
{
  g_autofree char *scopes = NULL;

  if (!foreman_token_name_is_valid (token->name))
    return "a name is 1 to 64 letters, digits, dots, dashes and underscores";
  if (options->scopes == NULL)
    return "--scope is missing, as in --scope inference,jobs";
  scopes = g_strjoinv (",", options->scopes);
  if (!foreman_scopes_parse (scopes, ',', &token->scopes, NULL))
    return "scopes are inference, jobs, jobs:all, manage, admin";
  if (options->max_priority < FOREMAN_PRIORITY_MIN || options->max_priority > FOREMAN_PRIORITY_MAX)
    return "--max-priority is a whole number from -100 to 100";
  if (options->class != NULL && !g_str_equal (options->class, "background") &&
      !g_str_equal (options->class, "interactive"))
    return "--class is background or interactive";
  token->max_priority = options->max_priority;
  token->background = options->class != NULL && g_str_equal (options->class, "background");
  return NULL;
}

static int
add (const TokenOptions *options, const char *command, char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *secret = NULL;
  ForemanToken token = { .name = name };
  const char *why = fill_token (&token, options);

  if (why != NULL)
    return foreman_command_usage_error (command, "%s", why);
  secret = make_secret ();
  if (secret == NULL)
    {
      g_printerr ("foreman: no random bytes: %s\n", g_strerror (errno));
      return FOREMAN_EXIT_FAILED;
    }
  foreman_token_digest (secret, token.digest);
  if (!foreman_tokens_file_add (options->file, &token, &error))
    return fail (error);
  printf ("%s\n", secret);
  g_printerr ("This is the token of %s; it is shown this once. A running foreman knows it after a "
              "reload (SIGHUP).\n",
              name);
  return FOREMAN_EXIT_OK;
}

static int
remove_token (const TokenOptions *options, const char *name)
{
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;

  if (!foreman_tokens_file_remove (options->file, name, &found, &error))
    return fail (error);
  if (found)
    return FOREMAN_EXIT_OK;
  g_printerr ("foreman: %s has no token called \"%s\"\n", options->file, name);
  return FOREMAN_EXIT_NOT_FOUND;
}

static void
print_json (const ForemanToken *token, const char *scopes)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, token->name);
  json_builder_set_member_name (builder, "scopes");
  json_builder_add_string_value (builder, scopes);
  json_builder_set_member_name (builder, "max_priority");
  json_builder_add_int_value (builder, token->max_priority);
  json_builder_set_member_name (builder, "class");
  json_builder_add_string_value (builder, token->background ? "background" : "interactive");
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  printf ("%s\n", line);
}

static int
list (const TokenOptions *options)
{
  g_autoptr (ForemanTokens) tokens = foreman_tokens_new ();
  g_autoptr (GError) error = NULL;

  if (!foreman_tokens_add_file (tokens, options->file, &error))
    return fail (error);
  if (!options->json)
    printf ("%-20s  %-32s  %12s  %s\n", "NAME", "SCOPES", "MAX-PRIORITY", "CLASS");
  for (guint i = 0; i < foreman_tokens_get_n (tokens); i++)
    {
      const ForemanToken *token = foreman_tokens_get_nth (tokens, i);
      g_autofree char *scopes = foreman_scopes_to_string (token->scopes);

      if (options->json)
        print_json (token, scopes);
      else
        printf ("%-20s  %-32s  %12d  %s\n", token->name, scopes, token->max_priority,
                token->background ? "background" : "interactive");
    }
  return FOREMAN_EXIT_OK;
}

/* `--file`, or what the settings say. */
static gboolean
find_file (TokenOptions *options)
{
  g_autoptr (ForemanConfig) config = NULL;

  if (options->file != NULL)
    return TRUE;
  config = foreman_command_options_load (&options->common);
  if (config == NULL)
    return FALSE;
  options->file = g_strdup (foreman_config_get_string (config, FOREMAN_CONFIG_TOKENS_FILE));
  if (*options->file != '\0')
    return TRUE;
  g_printerr (
      "foreman: FOREMAN_TOKENS_FILE is not set, so there is no place for tokens; set it (for "
      "instance tokens_file = /etc/foreman/tokens in foreman.conf), or give --file\n");
  return FALSE;
}

/**
 * foreman_command_token:
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on
 *
 * `foreman token add|list|remove`.
 *
 * Returns: the exit code
 */
int
foreman_command_token (int argc, char **argv)
{
  g_auto (TokenOptions) options = { .max_priority = FOREMAN_PRIORITY_MAX };
  const GOptionEntry entries[] = {
    { "scope", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.scopes, "add: what it may do", "SCOPES" },
    { "max-priority", 0, 0, G_OPTION_ARG_INT, &options.max_priority,
      "add: the highest priority its jobs may have", "N" },
    { "class", 0, 0, G_OPTION_ARG_STRING, &options.class,
      "add: background: its requests wait behind the interactive ones", "CLASS" },
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &options.file, "Instead of FOREMAN_TOKENS_FILE",
      "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "list: a JSON object a line", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const char *command, *verb;

  if (!foreman_command_options_parse (&options.common, entries, "add|list|remove [NAME]", summary,
                                      &argc, &argv))
    return FOREMAN_EXIT_USAGE;
  command = argv[0];
  verb = argc > 1 ? argv[1] : "";
  if (!g_str_equal (verb, "add") && !g_str_equal (verb, "list") && !g_str_equal (verb, "remove"))
    return foreman_command_usage_error (command, "say what to do: add, list or remove");
  if (argc != (g_str_equal (verb, "list") ? 2 : 3))
    return foreman_command_usage_error (command,
                                        g_str_equal (verb, "list") ? "list takes no name"
                                                                   : "%s takes one name",
                                        verb);
  if (!find_file (&options))
    return FOREMAN_EXIT_CONFIG;
  if (g_str_equal (verb, "list"))
    return list (&options);
  return g_str_equal (verb, "add") ? add (&options, command, argv[2])
                                   : remove_token (&options, argv[2]);
}
