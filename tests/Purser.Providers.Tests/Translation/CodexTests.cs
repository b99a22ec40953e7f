using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Codex on a model of Anthropic's: what it sends, what Claude gets of it, and what Codex gets back.</summary>
public sealed class CodexTests
{
    // Its first request, shortened: tools at the top and among the items, in groups and freeform ones.
    private const string Request = """
        {
          "model": "claude-opus-4-6",
          "instructions": "You are Codex.",
          "input": [
            {"type": "additional_tools", "role": "developer", "tools": [
              {"type": "custom", "name": "apply_patch", "description": "Patch files.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: /[^]+/"}},
              {"type": "namespace", "name": "collaboration", "description": "Agents.", "tools": [
                {"type": "function", "name": "spawn_agent", "description": "Spawn.", "parameters": {"type": "object", "properties": {"message": {"type": "string"}}}}
              ]}
            ]},
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Sandbox: none."}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix it."}]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Look first."}], "content": null, "encrypted_content": "purser.messages.s.c2ln"},
            {"type": "function_call", "name": "shell_command", "arguments": "{\"command\":\"ls\"}", "call_id": "toolu_1"},
            {"type": "function_call_output", "call_id": "toolu_1", "output": "a.txt"},
            {"type": "custom_tool_call", "status": "completed", "call_id": "toolu_2", "name": "apply_patch", "input": "*** Begin Patch\n"},
            {"type": "custom_tool_call_output", "call_id": "toolu_2", "output": "Done"},
            {"type": "function_call", "name": "spawn_agent", "namespace": "collaboration", "arguments": "{\"message\":\"go\"}", "call_id": "toolu_3"},
            {"type": "function_call_output", "call_id": "toolu_3", "output": [{"type": "input_text", "text": "ok"}]}
          ],
          "tools": [
            {"type": "function", "name": "shell_command", "description": "Run.", "strict": false, "parameters": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}},
            {"type": "web_search", "external_web_access": false}
          ],
          "tool_choice": "auto",
          "parallel_tool_calls": true,
          "reasoning": {"effort": "medium", "summary": "auto"},
          "store": false,
          "stream": true,
          "include": ["reasoning.encrypted_content"],
          "prompt_cache_key": "thread-1",
          "client_metadata": {"x": "y"}
        }
        """;

    private static readonly FormatTranslator Responses = FormatTranslators.Find("responses")!;
    private static readonly FormatTranslator Messages = FormatTranslators.Find("messages")!;

    [Fact]
    public void Its_request_then_claudes_with_the_thinking_that_it_signed()
    {
        var read = Responses.ReadRequest(Wire.Bytes(Request));
        Assert.Null(read.Fault);
        var output = new ArrayBufferWriter<byte>();
        var written = Messages.WriteRequest(read.Request!, new TranslationTarget("claude-opus-4-6", DefaultMaxOutputTokens: 32000), output);
        read.Notes.AddAll(written.Notes);

        Assert.Null(written.Fault);
        Assert.Equal(
            [
                "add:max_tokens",
                "change:developer_role",
                "change:freeform_tool",
                "drop:prompt_cache_key",
                "drop:unknown.client_metadata",
                "drop:vendor_tool",
            ],
            read.Notes.Names.Order(StringComparer.Ordinal)
        );
        TranslationVectors.Same(
            Wire.Bytes(
                """
                {
                  "model": "claude-opus-4-6",
                  "max_tokens": 32000,
                  "system": [{"type": "text", "text": "You are Codex."}, {"type": "text", "text": "Sandbox: none."}],
                  "messages": [
                    {"role": "user", "content": "Fix it."},
                    {"role": "assistant", "content": [
                      {"type": "thinking", "thinking": "Look first.", "signature": "c2ln"},
                      {"type": "tool_use", "id": "toolu_1", "name": "shell_command", "input": {"command": "ls"}}
                    ]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.txt"}]},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_2", "name": "apply_patch", "input": {"input": "*** Begin Patch\n"}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_2", "content": "Done"}]},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_3", "name": "collaboration__spawn_agent", "input": {"message": "go"}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_3", "content": "ok"}]}
                  ],
                  "tools": [
                    {"name": "shell_command", "description": "Run.", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}},
                    {"name": "apply_patch", "description": "Patch files.\n\nThe text of `input` must match this grammar:\n\nstart: /[^]+/",
                     "input_schema": {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"], "additionalProperties": false}},
                    {"name": "collaboration__spawn_agent", "description": "Spawn.", "input_schema": {"type": "object", "properties": {"message": {"type": "string"}}}}
                  ],
                  "tool_choice": {"type": "auto"},
                  "thinking": {"type": "adaptive", "display": "summarized"},
                  "output_config": {"effort": "medium"},
                  "stream": true
                }
                """
            ),
            output.WrittenSpan,
            "Codex"
        );
    }

    [Fact]
    public void Its_request_that_was_changed_in_between_then_groups_and_calls_stay_openais()
    {
        var request = Responses.ReadRequest(Wire.Bytes(Request)).Request! with { Choices = null };
        var output = new ArrayBufferWriter<byte>();
        var written = Responses.WriteRequest(request, new TranslationTarget("gpt-5.5"), output);
        var sent = JsonNode.Parse(output.WrittenSpan)!;
        var group = sent["tools"]!.AsArray().Single(tool => (string?)tool!["type"] == "namespace")!;
        var items = sent["input"]!.AsArray();

        // The thinking that Claude signed is of no use to OpenAI.
        Assert.Equal(["drop:reasoning_content"], written.Notes.Names);
        Assert.Equal("Agents.", (string?)group["description"]);
        Assert.Equal("spawn_agent", (string?)group["tools"]![0]!["name"]);
        Assert.Contains(items, item => (string?)item!["namespace"] == "collaboration" && (string?)item["name"] == "spawn_agent");
        Assert.Contains(items, item => (string?)item!["type"] == "custom_tool_call" && (string?)item["input"] == "*** Begin Patch\n");
        Assert.Contains(items, item => (string?)item!["type"] == "custom_tool_call_output");
        Assert.Equal(
            "start: /[^]+/",
            (string?)sent["tools"]!.AsArray().Single(tool => (string?)tool!["type"] == "custom")!["format"]!["definition"]
        );
        Assert.Equal("reasoning.encrypted_content", (string?)sent["include"]![0]);
    }

    [Fact]
    public void Claudes_answer_then_signed_thinking_is_carried_and_calls_are_its_own()
    {
        var events = Stream(
            Started("""{"type":"thinking","thinking":"","signature":""}""", 0)
                + Delta(0, """{"type":"thinking_delta","thinking":"Hm."}""")
                + Delta(0, """{"type":"signature_delta","signature":"c2ln"}""")
                + Stopped(0)
                + Started("""{"type":"tool_use","id":"toolu_4","name":"apply_patch","input":{}}""", 1)
                + Delta(1, """{"type":"input_json_delta","partial_json":"{\"input\": \"*** Be"}""")
                + Delta(1, """{"type":"input_json_delta","partial_json":"gin\\n\"}"}""")
                + Stopped(1)
                + Started("""{"type":"tool_use","id":"toolu_5","name":"collaboration__spawn_agent","input":{}}""", 2)
                + Delta(2, """{"type":"input_json_delta","partial_json":"{\"message\":\"x\"}"}""")
                + Stopped(2)
                + Ended("tool_use")
        );
        var done = events.Where(one => (string?)one["type"] == "response.output_item.done").Select(one => one["item"]!).ToList();
        var last = events[^1];

        Assert.Equal("response.completed", (string?)last["type"]);
        Assert.Equal("purser.messages.s.c2ln", (string?)done[0]["encrypted_content"]);
        Assert.Equal("Hm.", (string?)done[0]["summary"]![0]!["text"]);
        Assert.Equal(
            """{"type":"custom_tool_call","status":"completed","input":"*** Begin\n","call_id":"toolu_4","name":"apply_patch"}""",
            WithoutId(done[1])
        );
        Assert.Equal(
            """{"type":"function_call","status":"completed","arguments":"{\u0022message\u0022:\u0022x\u0022}","call_id":"toolu_5","name":"spawn_agent","namespace":"collaboration"}""",
            WithoutId(done[2])
        );
        Assert.Equal(3, last["response"]!["output"]!.AsArray().Count);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one["sequence_number"]!));
        Assert.Contains(
            events,
            one => (string?)one["type"] == "response.custom_tool_call_input.delta" && (string?)one["delta"] == "*** Be"
        );
    }

    [Fact]
    public void A_stream_that_breaks_then_an_error_and_a_failed_response()
    {
        var events = Stream(
            Started("""{"type":"text","text":""}""", 0)
                + Delta(0, """{"type":"text_delta","text":"Hal"}""")
                + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
        );

        Assert.Equal(["error", "response.failed"], events.TakeLast(2).Select(one => (string?)one["type"]));
        Assert.Equal("failed", (string?)events[^1]["response"]!["status"]);
        Assert.Equal("Overloaded", (string?)events[^1]["response"]!["error"]!["message"]);
        Assert.Equal("Hal", (string?)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]);
    }

    [Theory]
    [InlineData("""{"model":"m","input":"Hi","previous_response_id":"resp_1"}""", "previous_response_id")]
    [InlineData("""{"model":"m","input":"Hi","conversation":{"id":"conv_1"}}""", "conversation")]
    [InlineData("""{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}""", "input")]
    [InlineData("""{"model":"m","input":[{"type":"compaction","encrypted_content":"x"},{"role":"user","content":"Hi"}]}""", "input")]
    public void A_conversation_that_is_stored_elsewhere_then_it_is_refused(string body, string member)
    {
        var read = Responses.ReadRequest(Wire.Bytes(body));
        var written = Messages.WriteRequest(read.Request!, new TranslationTarget("claude-opus-4-6"), new ArrayBufferWriter<byte>());

        Assert.Equal("refuse:stored_state", written.Fault?.Code);
        Assert.Equal(member, written.Fault?.Param);
    }

    private static string WithoutId(JsonNode item)
    {
        item.AsObject().Remove("id");
        return item.ToJsonString();
    }

    private static List<JsonNode> Stream(string events)
    {
        var context = new AnswerContext(Responses.ReadRequest(Wire.Bytes(Request)).Request!, "answer", 1);
        var sink = new WritingSink(Responses.CreateStreamWriter(context));
        using var reader = Messages.CreateStreamReader(context);
        reader.Feed(
            Wire.Bytes(
                "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-opus-4-6\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
                    + events
            ),
            sink
        );
        reader.End(sink);
        return
        [
            .. Encoding
                .UTF8.GetString(sink.Output.WrittenSpan)
                .Split('\n')
                .Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
                .Select(line => JsonNode.Parse(line[6..])!),
        ];
    }

    private static string Started(string block, int index) =>
        $"data: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{block}}}\n\n";

    private static string Delta(int index, string delta) =>
        $"data: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}}}\n\n";

    private static string Stopped(int index) => $"data: {{\"type\":\"content_block_stop\",\"index\":{index}}}\n\n";

    private static string Ended(string reason) =>
        $"data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"{reason}\"}},\"usage\":{{\"output_tokens\":9}}}}\n\ndata: {{\"type\":\"message_stop\"}}\n\n";
}
