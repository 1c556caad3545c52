/* SPDX-License-Identifier: MIT */
#include "sim-duration.h"
#include "sim-schema.h"

static char *
check_keep_alive (const SimJson *value)
{
  gint64 ignored;
  char *error = NULL;

  if (value->kind != SIM_JSON_NULL)
    sim_keep_alive_parse (value, &ignored, &error);
  return error;
}

static char *
check_think (const SimJson *value)
{
  static const char *const levels[] = { "high", "medium", "low", "max", NULL };

  if (value->kind == SIM_JSON_BOOL || value->kind == SIM_JSON_NULL)
    return NULL;
  if (value->kind != SIM_JSON_STRING)
    return g_strdup ("think must be a boolean or string (\"high\", \"medium\", \"low\", \"max\", "
                     "true, or false)");
  if (g_strv_contains (levels, value->string))
    return NULL;
  return g_strdup_printf ("invalid think value: \"%s\" (must be \"high\", \"medium\", \"low\", "
                          "\"max\", true, or false)",
                          value->string);
}

#define FIELDS(name) static const SimField name[]
#define STRUCT(name, go, self, fields)                                                             \
  {                                                                                                \
    name, go, self, fields                                                                         \
  }

FIELDS (property_fields) = {
  { "type", SIM_TYPE_STRING_OR_STRINGS, "[]string" },
  { "description", SIM_TYPE_STRING },
  { "enum", SIM_TYPE_ANYS },
  { "required", SIM_TYPE_STRINGS },
  { NULL },
};
static const SimSchema property =
    STRUCT ("ToolProperty", "api.ToolProperty", FALSE, property_fields);

FIELDS (parameters_fields) = {
  { "type", SIM_TYPE_STRING },
  { "required", SIM_TYPE_STRINGS },
  { "properties", SIM_TYPE_ORDERED_STRUCTS, .of = &property },
  { NULL },
};
const SimSchema sim_schema_parameters =
    STRUCT ("ToolFunctionParameters", "api.ToolFunctionParameters", FALSE, parameters_fields);

FIELDS (tool_function_fields) = {
  { "name", SIM_TYPE_STRING },
  { "description", SIM_TYPE_STRING },
  { "parameters", SIM_TYPE_STRUCT, .of = &sim_schema_parameters },
  { NULL },
};
static const SimSchema tool_function =
    STRUCT ("ToolFunction", "api.ToolFunction", FALSE, tool_function_fields);

FIELDS (tool_fields) = {
  { "type", SIM_TYPE_STRING },
  { "function", SIM_TYPE_STRUCT, .of = &tool_function },
  { NULL },
};
const SimSchema sim_schema_tool = STRUCT ("Tool", "api.Tool", FALSE, tool_fields);

FIELDS (call_function_fields) = {
  { "index", SIM_TYPE_INT },
  { "name", SIM_TYPE_STRING },
  { "arguments", SIM_TYPE_ORDERED },
  { NULL },
};
static const SimSchema call_function =
    STRUCT ("ToolCallFunction", "api.ToolCallFunction", FALSE, call_function_fields);

FIELDS (tool_call_fields) = {
  { "id", SIM_TYPE_STRING },
  { "function", SIM_TYPE_STRUCT, .of = &call_function },
  { NULL },
};
static const SimSchema tool_call = STRUCT ("ToolCall", "api.ToolCall", FALSE, tool_call_fields);

FIELDS (message_fields) = {
  { "role", SIM_TYPE_STRING },
  { "content", SIM_TYPE_STRING },
  { "thinking", SIM_TYPE_STRING },
  { "images", SIM_TYPE_BLOBS },
  { "tool_calls", SIM_TYPE_STRUCTS, "[]api.ToolCall", &tool_call },
  { "tool_name", SIM_TYPE_STRING },
  { "tool_call_id", SIM_TYPE_STRING },
  { NULL },
};
static const SimSchema message = STRUCT ("Message", "api.Alias", TRUE, message_fields);

FIELDS (generate_fields) = {
  { "model", SIM_TYPE_STRING },
  { "prompt", SIM_TYPE_STRING },
  { "suffix", SIM_TYPE_STRING },
  { "system", SIM_TYPE_STRING },
  { "template", SIM_TYPE_STRING },
  { "context", SIM_TYPE_INTS },
  { "stream", SIM_TYPE_BOOL },
  { "raw", SIM_TYPE_BOOL },
  { "keep_alive", SIM_TYPE_CUSTOM, .check = check_keep_alive },
  { "images", SIM_TYPE_BLOBS },
  { "options", SIM_TYPE_MAP },
  { "think", SIM_TYPE_CUSTOM, .check = check_think },
  { "truncate", SIM_TYPE_BOOL },
  { "shift", SIM_TYPE_BOOL },
  { "_debug_render_only", SIM_TYPE_BOOL },
  { "logprobs", SIM_TYPE_BOOL },
  { "top_logprobs", SIM_TYPE_INT },
  { "width", SIM_TYPE_INT, "int32" },
  { "height", SIM_TYPE_INT, "int32" },
  { "steps", SIM_TYPE_INT, "int32" },
  { NULL },
};
const SimSchema sim_schema_generate =
    STRUCT ("GenerateRequest", "api.GenerateRequest", FALSE, generate_fields);

FIELDS (chat_fields) = {
  { "model", SIM_TYPE_STRING },
  { "messages", SIM_TYPE_STRUCTS, "[]api.Message", &message },
  { "stream", SIM_TYPE_BOOL },
  { "keep_alive", SIM_TYPE_CUSTOM, .check = check_keep_alive },
  { "tools", SIM_TYPE_STRUCTS, "api.Tools", &sim_schema_tool },
  { "options", SIM_TYPE_MAP },
  { "think", SIM_TYPE_CUSTOM, .check = check_think },
  { "truncate", SIM_TYPE_BOOL },
  { "shift", SIM_TYPE_BOOL },
  { "_debug_render_only", SIM_TYPE_BOOL },
  { "logprobs", SIM_TYPE_BOOL },
  { "top_logprobs", SIM_TYPE_INT },
  { NULL },
};
const SimSchema sim_schema_chat = STRUCT ("ChatRequest", "api.ChatRequest", FALSE, chat_fields);

FIELDS (embed_fields) = {
  { "model", SIM_TYPE_STRING },  { "keep_alive", SIM_TYPE_CUSTOM, .check = check_keep_alive },
  { "truncate", SIM_TYPE_BOOL }, { "dimensions", SIM_TYPE_INT },
  { "options", SIM_TYPE_MAP },   { NULL },
};
const SimSchema sim_schema_embed = STRUCT ("EmbedRequest", "api.EmbedRequest", FALSE, embed_fields);

FIELDS (embeddings_fields) = {
  { "model", SIM_TYPE_STRING },
  { "prompt", SIM_TYPE_STRING },
  { "keep_alive", SIM_TYPE_CUSTOM, .check = check_keep_alive },
  { "options", SIM_TYPE_MAP },
  { NULL },
};
const SimSchema sim_schema_embeddings =
    STRUCT ("EmbeddingRequest", "api.EmbeddingRequest", FALSE, embeddings_fields);

FIELDS (show_fields) = {
  { "model", SIM_TYPE_STRING },
  { "system", SIM_TYPE_STRING },
  { "template", SIM_TYPE_STRING },
  { "verbose", SIM_TYPE_BOOL },
  { "options", SIM_TYPE_MAP },
  { "name", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_show = STRUCT ("ShowRequest", "api.ShowRequest", FALSE, show_fields);

FIELDS (create_fields) = {
  { "model", SIM_TYPE_STRING },
  { "stream", SIM_TYPE_BOOL },
  { "quantize", SIM_TYPE_STRING },
  { "from", SIM_TYPE_STRING },
  { "remote_host", SIM_TYPE_STRING },
  { "files", SIM_TYPE_MAP, "map[string]string" },
  { "adapters", SIM_TYPE_MAP, "map[string]string" },
  { "template", SIM_TYPE_STRING },
  { "system", SIM_TYPE_STRING },
  { "parameters", SIM_TYPE_MAP },
  { "messages", SIM_TYPE_STRUCTS, "[]api.Message", &message },
  { "renderer", SIM_TYPE_STRING },
  { "parser", SIM_TYPE_STRING },
  { "requires", SIM_TYPE_STRING },
  { "info", SIM_TYPE_MAP },
  { "name", SIM_TYPE_STRING },
  { "quantization", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_create =
    STRUCT ("CreateRequest", "api.CreateRequest", FALSE, create_fields);

FIELDS (copy_fields) = {
  { "source", SIM_TYPE_STRING },
  { "destination", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_copy = STRUCT ("CopyRequest", "api.CopyRequest", FALSE, copy_fields);

FIELDS (delete_fields) = { { "model", SIM_TYPE_STRING }, { "name", SIM_TYPE_STRING }, { NULL } };
const SimSchema sim_schema_delete =
    STRUCT ("DeleteRequest", "api.DeleteRequest", FALSE, delete_fields);

FIELDS (pull_fields) = {
  { "model", SIM_TYPE_STRING },
  { "insecure", SIM_TYPE_BOOL },
  { "username", SIM_TYPE_STRING },
  { "password", SIM_TYPE_STRING },
  { "stream", SIM_TYPE_BOOL },
  { "name", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_pull = STRUCT ("PullRequest", "api.PullRequest", FALSE, pull_fields);

FIELDS (push_fields) = {
  { "model", SIM_TYPE_STRING },
  { "insecure", SIM_TYPE_BOOL },
  { "username", SIM_TYPE_STRING },
  { "password", SIM_TYPE_STRING },
  { "stream", SIM_TYPE_BOOL },
  { "name", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_push = STRUCT ("PushRequest", "api.PushRequest", FALSE, push_fields);
