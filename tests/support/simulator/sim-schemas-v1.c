/* SPDX-License-Identifier: MIT */
#include "sim-schema.h"

#define FIELDS(name) static const SimField name[]

FIELDS (call_function_fields) = {
  { "name", SIM_TYPE_STRING },
  { "arguments", SIM_TYPE_STRING },
  { NULL },
};
static const SimSchema call_function = {
  "", "struct { Name string \"json:\\\"name\\\"\"; Arguments string \"json:\\\"arguments\\\"\" }",
  FALSE, call_function_fields
};

FIELDS (tool_call_fields) = {
  { "id", SIM_TYPE_STRING },
  { "index", SIM_TYPE_INT },
  { "type", SIM_TYPE_STRING },
  { "function", SIM_TYPE_STRUCT, .of = &call_function },
  { NULL },
};
static const SimSchema tool_call = { "ToolCall", "openai.ToolCall", FALSE, tool_call_fields };

FIELDS (message_fields) = {
  { "role", SIM_TYPE_STRING },
  { "reasoning", SIM_TYPE_STRING },
  { "tool_calls", SIM_TYPE_STRUCTS, "[]openai.ToolCall", &tool_call },
  { "name", SIM_TYPE_STRING },
  { "tool_call_id", SIM_TYPE_STRING },
  { NULL },
};
static const SimSchema message = { "Message", "openai.Message", FALSE, message_fields };

FIELDS (stream_options_fields) = { { "include_usage", SIM_TYPE_BOOL }, { NULL } };
static const SimSchema stream_options = { "StreamOptions", "openai.StreamOptions", FALSE,
                                          stream_options_fields };

FIELDS (response_format_fields) = { { "type", SIM_TYPE_STRING }, { NULL } };
static const SimSchema response_format = { "ResponseFormat", "openai.ResponseFormat", FALSE,
                                           response_format_fields };

FIELDS (reasoning_fields) = { { "effort", SIM_TYPE_STRING }, { NULL } };
static const SimSchema reasoning = { "Reasoning", "openai.Reasoning", FALSE, reasoning_fields };

FIELDS (chat_fields) = {
  { "model", SIM_TYPE_STRING },
  { "messages", SIM_TYPE_STRUCTS, "[]openai.Message", &message },
  { "stream", SIM_TYPE_BOOL },
  { "stream_options", SIM_TYPE_STRUCT, .of = &stream_options },
  { "max_tokens", SIM_TYPE_INT },
  { "seed", SIM_TYPE_INT },
  { "temperature", SIM_TYPE_FLOAT },
  { "frequency_penalty", SIM_TYPE_FLOAT },
  { "presence_penalty", SIM_TYPE_FLOAT },
  { "top_p", SIM_TYPE_FLOAT },
  { "response_format", SIM_TYPE_STRUCT, .of = &response_format },
  { "tools", SIM_TYPE_STRUCTS, "[]api.Tool", &sim_schema_tool },
  { "reasoning", SIM_TYPE_STRUCT, .of = &reasoning },
  { "reasoning_effort", SIM_TYPE_STRING },
  { "logprobs", SIM_TYPE_BOOL },
  { "top_logprobs", SIM_TYPE_INT },
  { "_debug_render_only", SIM_TYPE_BOOL },
  { NULL },
};
const SimSchema sim_schema_openai_chat = { "ChatCompletionRequest", "openai.ChatCompletionRequest",
                                           FALSE, chat_fields };

FIELDS (completion_fields) = {
  { "model", SIM_TYPE_STRING },
  { "prompt", SIM_TYPE_STRING },
  { "frequency_penalty", SIM_TYPE_FLOAT, "float32" },
  { "max_tokens", SIM_TYPE_INT },
  { "presence_penalty", SIM_TYPE_FLOAT, "float32" },
  { "seed", SIM_TYPE_INT },
  { "stream", SIM_TYPE_BOOL },
  { "stream_options", SIM_TYPE_STRUCT, .of = &stream_options },
  { "temperature", SIM_TYPE_FLOAT, "float32" },
  { "top_p", SIM_TYPE_FLOAT, "float32" },
  { "suffix", SIM_TYPE_STRING },
  { "logprobs", SIM_TYPE_INT },
  { "_debug_render_only", SIM_TYPE_BOOL },
  { NULL },
};
const SimSchema sim_schema_openai_completion = { "CompletionRequest", "openai.CompletionRequest",
                                                 FALSE, completion_fields };

FIELDS (embed_fields) = {
  { "model", SIM_TYPE_STRING },
  { "dimensions", SIM_TYPE_INT },
  { "encoding_format", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_openai_embed = { "EmbedRequest", "openai.EmbedRequest", FALSE,
                                            embed_fields };

FIELDS (image_fields) = {
  { "model", SIM_TYPE_STRING },
  { "prompt", SIM_TYPE_STRING },
  { "n", SIM_TYPE_INT },
  { "size", SIM_TYPE_STRING },
  { "response_format", SIM_TYPE_STRING },
  { "seed", SIM_TYPE_INT, "int64" },
  { "image", SIM_TYPE_STRING },
  { NULL },
};
const SimSchema sim_schema_openai_image = { "ImageGenerationRequest",
                                            "openai.ImageGenerationRequest", FALSE, image_fields };

FIELDS (responses_tool_fields) = {
  { "type", SIM_TYPE_STRING }, { "name", SIM_TYPE_STRING },    { "description", SIM_TYPE_STRING },
  { "strict", SIM_TYPE_BOOL }, { "parameters", SIM_TYPE_MAP }, { NULL },
};
static const SimSchema responses_tool = { "ResponsesTool", "openai.ResponsesTool", FALSE,
                                          responses_tool_fields };

FIELDS (responses_reasoning_fields) = {
  { "effort", SIM_TYPE_STRING },
  { "generate_summary", SIM_TYPE_STRING },
  { "summary", SIM_TYPE_STRING },
  { NULL },
};
static const SimSchema responses_reasoning = { "ResponsesReasoning", "openai.ResponsesReasoning",
                                               FALSE, responses_reasoning_fields };

FIELDS (text_format_fields) = {
  { "type", SIM_TYPE_STRING },
  { "name", SIM_TYPE_STRING },
  { "strict", SIM_TYPE_BOOL },
  { NULL },
};
static const SimSchema text_format = { "ResponsesTextFormat", "openai.ResponsesTextFormat", FALSE,
                                       text_format_fields };

FIELDS (text_fields) = { { "format", SIM_TYPE_STRUCT, .of = &text_format }, { NULL } };
static const SimSchema text = { "ResponsesText", "openai.ResponsesText", FALSE, text_fields };

static char *
check_input_item (const SimJson *item)
{
  static const char *const known[] = { "message", "function_call", "function_call_output",
                                       "reasoning", NULL };
  const char *type = sim_json_get_string (item, "type");

  if (item->kind != SIM_JSON_OBJECT)
    return g_strdup_printf ("json: cannot unmarshal %s into Go value of type struct { Type string "
                            "\"json:\\\"type\\\"\"; Role string \"json:\\\"role\\\"\" }",
                            sim_json_kind_name (item));
  if (*type == '\0' && *sim_json_get_string (item, "role") != '\0')
    return NULL;
  if (*type == '\0')
    return g_strdup ("input item missing required 'type' field");
  if (!g_strv_contains (known, type))
    return g_strdup_printf ("unknown input item type: \"%s\"", type);
  return NULL;
}

static char *
check_input (const SimJson *value)
{
  guint i = 0;

  if (value->kind == SIM_JSON_STRING || value->kind == SIM_JSON_NULL)
    return NULL;
  if (value->kind != SIM_JSON_ARRAY)
    return g_strdup_printf ("input must be a string or array: json: cannot unmarshal %s into Go "
                            "value of type []json.RawMessage",
                            sim_json_kind_name (value));
  for (const SimJson *item = value->first; item != NULL; item = item->next, i++)
    {
      g_autofree char *error = check_input_item (item);

      if (error != NULL)
        return g_strdup_printf ("input[%u]: %s", i, error);
    }
  return NULL;
}

FIELDS (responses_fields) = {
  { "model", SIM_TYPE_STRING },
  { "background", SIM_TYPE_BOOL },
  { "include", SIM_TYPE_STRINGS },
  { "input", SIM_TYPE_CUSTOM, .check = check_input },
  { "instructions", SIM_TYPE_STRING },
  { "max_output_tokens", SIM_TYPE_INT },
  { "reasoning", SIM_TYPE_STRUCT, .of = &responses_reasoning },
  { "temperature", SIM_TYPE_FLOAT },
  { "text", SIM_TYPE_STRUCT, .of = &text },
  { "top_p", SIM_TYPE_FLOAT },
  { "truncation", SIM_TYPE_STRING },
  { "tools", SIM_TYPE_STRUCTS, "[]openai.ResponsesTool", &responses_tool },
  { "stream", SIM_TYPE_BOOL },
  { NULL },
};
const SimSchema sim_schema_responses = { "ResponsesRequest", "openai.ResponsesRequest", FALSE,
                                         responses_fields };

FIELDS (block_fields) = {
  { "type", SIM_TYPE_STRING },      { "text", SIM_TYPE_STRING },
  { "id", SIM_TYPE_STRING },        { "name", SIM_TYPE_STRING },
  { "input", SIM_TYPE_ORDERED },    { "tool_use_id", SIM_TYPE_STRING },
  { "is_error", SIM_TYPE_BOOL },    { "thinking", SIM_TYPE_STRING },
  { "signature", SIM_TYPE_STRING }, { NULL },
};
static const SimSchema block = { "ContentBlock", "anthropic.ContentBlock", FALSE, block_fields };

FIELDS (anthropic_message_fields) = {
  { "role", SIM_TYPE_STRING },
  { "content", SIM_TYPE_STRING_OR_STRUCTS, "[]anthropic.ContentBlock", &block },
  { NULL },
};
static const SimSchema anthropic_message = {
  "MessageParam", "anthropic.MessageParam", TRUE, anthropic_message_fields, "content",
};

FIELDS (anthropic_tool_fields) = {
  { "type", SIM_TYPE_STRING },
  { "name", SIM_TYPE_STRING },
  { "description", SIM_TYPE_STRING },
  { "max_uses", SIM_TYPE_INT },
  { NULL },
};
static const SimSchema anthropic_tool = { "Tool", "anthropic.Tool", FALSE, anthropic_tool_fields };

FIELDS (thinking_fields) = {
  { "type", SIM_TYPE_STRING },
  { "budget_tokens", SIM_TYPE_INT },
  { NULL },
};
static const SimSchema thinking = { "ThinkingConfig", "anthropic.ThinkingConfig", FALSE,
                                    thinking_fields };

FIELDS (output_config_fields) = { { "effort", SIM_TYPE_STRING }, { NULL } };
static const SimSchema output_config = { "OutputConfig", "anthropic.OutputConfig", FALSE,
                                         output_config_fields };

FIELDS (messages_fields) = {
  { "model", SIM_TYPE_STRING },
  { "max_tokens", SIM_TYPE_INT },
  { "messages", SIM_TYPE_STRUCTS, "[]anthropic.MessageParam", &anthropic_message },
  { "stream", SIM_TYPE_BOOL },
  { "temperature", SIM_TYPE_FLOAT },
  { "top_p", SIM_TYPE_FLOAT },
  { "top_k", SIM_TYPE_INT },
  { "stop_sequences", SIM_TYPE_STRINGS },
  { "tools", SIM_TYPE_STRUCTS, "[]anthropic.Tool", &anthropic_tool },
  { "thinking", SIM_TYPE_STRUCT, .of = &thinking },
  { "output_config", SIM_TYPE_STRUCT, .of = &output_config },
  { NULL },
};
const SimSchema sim_schema_messages = { "MessagesRequest", "anthropic.MessagesRequest", FALSE,
                                        messages_fields };
