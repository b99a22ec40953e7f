using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>What single formats can't carry, and what they have to themselves.</summary>
public sealed class FormatLimitTests
{
    private const string Tools = """
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":["string","null"],"format":"uri"},"b":{"$ref":"#/$defs/b"}},"additionalProperties":false}}}]
        """;

    private static readonly AnswerContext Context = new(new CanonicalRequest { Model = "m" }, "answer", 1);

    [Theory]
    [InlineData("ollama", "llama3.2", """{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""", "refuse:media_url")]
    [InlineData(
        "ollama",
        "llama3.2",
        """{"type":"file","file":{"file_data":"data:application/pdf;base64,AA=="}}""",
        "refuse:document_input"
    )]
    [InlineData("ollama", "llama3.2", """{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}""", "refuse:audio_input")]
    [InlineData(
        "converse",
        "amazon.nova-pro-v1:0",
        """{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""",
        "refuse:media_url"
    )]
    [InlineData("converse", "amazon.nova-pro-v1:0", """{"type":"file","file":{"file_id":"file-1"}}""", "refuse:file_id")]
    [InlineData(
        "converse",
        "amazon.nova-pro-v1:0",
        """{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}""",
        "refuse:audio_input"
    )]
    [InlineData(
        "gemini",
        "gemini-2.0-flash",
        """{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""",
        "refuse:media_url"
    )]
    [InlineData("gemini", "gemini-2.5-pro", """{"type":"file","file":{"file_id":"file-1"}}""", "refuse:file_id")]
    [InlineData(
        "gemini",
        "gemini-3-pro",
        """{"type":"image_url","image_url":{"url":"https://GenerativeLanguage.googleapis.com/v1beta/files/f"}}""",
        "refuse:file_id"
    )]
    [InlineData("gemini", "gemini-3-pro", """{"type":"image_url","image_url":{"url":"files/f"}}""", "refuse:file_id")]
    [InlineData("responses", "gpt-4.1", """{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}""", "refuse:audio_input")]
    [InlineData("responses", "gpt-4.1", """{"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}}""", "refuse:video_input")]
    public void A_medium_that_has_no_place_then_it_is_refused_by_a_rule(string provider, string model, string part, string rule)
    {
        var written = Write("chat", $$"""{"model":"m","messages":[{"role":"user","content":[{{part}}]}]}""", provider, model, out var body);

        Assert.Equal(rule, written.Fault?.Code);
        Assert.Empty(body);
    }

    [Fact]
    public void A_schema_for_an_older_gemini_then_googles_form_of_it()
    {
        var written = Write(
            "chat",
            $$"""{"model":"m","messages":[{"role":"user","content":"a"}],{{Tools}}}""",
            "gemini",
            "gemini-2.0-flash",
            out var body
        );

        Assert.Equal(["drop:schema_keywords"], written.Notes.Names);
        Assert.Equal(
            """{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true},"b":{}}}""",
            JsonNode.Parse(body)!["tools"]![0]!["functionDeclarations"]![0]!["parameters"]!.ToJsonString()
        );
    }

    [Fact]
    public void Googles_form_of_a_schema_then_a_json_schema()
    {
        const string request = """
            {"contents":{"parts":{"text":"a"}},"tools":[{"function_declarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true},
            "b":{"type":"ARRAY","items":{"type":"NUMBER"},"maxItems":"3"}},"propertyOrdering":["a"]}}]}],"generation_config":{"max_output_tokens":5}}
            """;
        Write("gemini", request, "chat", "gpt-4.1", out var body);
        var chat = JsonNode.Parse(body)!;

        Assert.Equal(
            """{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"type":"number"},"maxItems":3}}}""",
            chat["tools"]![0]!["function"]!["parameters"]!.ToJsonString()
        );
        Assert.Equal(5, (int)chat["max_tokens"]!);
        Assert.Equal("a", (string?)chat["messages"]![0]!["content"]);
    }

    [Fact]
    public void What_gemini_signed_then_it_comes_back_with_its_call_through_any_client_that_carries_it()
    {
        const string answer = """
            {"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true},{"functionCall":{"id":"c1","name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}]},
            "finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"thoughtsTokenCount":3,"totalTokenCount":6}}
            """;
        var gemini = FormatTranslators.Find("gemini")!;
        var response = gemini.ReadResponse(Wire.Bytes(answer), Context).Response!;
        var output = new ArrayBufferWriter<byte>();
        FormatTranslators.Find("chat")!.WriteResponse(response, Context, output);
        var message = JsonNode.Parse(output.WrittenSpan)!["choices"]![0]!["message"]!.ToJsonString();
        Write(
            "chat",
            $$"""{"model":"m","messages":[{{message}},{"role":"tool","tool_call_id":"c1","content":"x"}]}""",
            "gemini",
            "gemini-3-pro",
            out var body
        );

        Assert.Equal(
            """{"functionCall":{"id":"c1","name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}""",
            JsonNode.Parse(body)!["contents"]![0]!["parts"]![0]!.ToJsonString()
        );
    }

    [Fact]
    public void A_call_that_another_model_made_then_gemini_gets_the_mark_for_it()
    {
        const string call =
            """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}""";
        var written = Write(
            "chat",
            $$"""{"model":"m","messages":[{"role":"user","content":"a"},{{call}},{"role":"tool","tool_call_id":"c1","content":"x"}]}""",
            "gemini",
            "gemini-3-pro",
            out var body
        );

        Assert.Contains("add:thought_signature", written.Notes.Names);
        Assert.Equal("skip_thought_signature_validator", (string?)JsonNode.Parse(body)!["contents"]![1]!["parts"]![0]!["thoughtSignature"]);
    }

    [Theory]
    [InlineData("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}}""")]
    public void A_prompt_that_gemini_blocks_then_a_refusal(string answer)
    {
        var choice = Assert.Single(FormatTranslators.Find("gemini")!.ReadResponse(Wire.Bytes(answer), Context).Response!.Choices);
        Assert.Equal(StopReason.Refusal, choice.Stop);
    }

    [Fact]
    public void A_gemini_client_that_wants_an_array_then_one_json_array()
    {
        var context = new AnswerContext(new CanonicalRequest { Model = "m", StreamIsArray = true }, "answer", 1);
        var sink = new WritingSink(FormatTranslators.Find("gemini")!.CreateStreamWriter(context));
        using var reader = FormatTranslators.Find("ollama")!.CreateStreamReader(context);
        reader.Feed("""{"model":"x","message":{"role":"assistant","content":"Hi"},"done":false}"""u8, sink);
        reader.Feed(
            "\n{\"model\":\"x\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":1,\"eval_count\":2}\n"u8,
            sink
        );
        reader.End(sink);
        var list = JsonNode.Parse(sink.Output.WrittenSpan)!.AsArray();

        Assert.Equal(2, list.Count);
        Assert.Equal("STOP", (string?)list[1]!["candidates"]![0]!["finishReason"]);
    }

    [Fact]
    public void Ollamas_results_without_ids_then_each_belongs_to_its_call()
    {
        const string request = """
            {"model":"m","messages":[{"role":"user","content":"a"},
            {"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"n":1}}},{"function":{"name":"f","arguments":{"n":2}}}]},
            {"role":"tool","content":"one"},{"role":"tool","tool_name":"f","content":"two"}]}
            """;
        var turn = FormatTranslators.Find("ollama")!.ReadRequest(Wire.Bytes(request)).Request!.Messages;
        var calls = turn[1].Parts.Cast<ToolCallPart>().Select(call => call.Id).ToList();

        Assert.Equal(2, calls.Distinct().Count());
        Assert.Equal(calls, turn[2].Parts.Cast<ToolResultPart>().Select(result => result.CallId));
        Assert.True(FormatTranslators.Find("ollama")!.ReadRequest(Wire.Bytes(request)).Request!.Stream);
    }

    [Fact]
    public void Geminis_results_without_ids_then_each_belongs_to_its_call_whatever_its_id()
    {
        const string request = """
            {"contents":[{"role":"user","parts":[{"text":"a"}]},
            {"role":"model","parts":[{"functionCall":{"id":"toolu_1","name":"f","args":{}}},{"functionCall":{"name":"f","args":{}}}]},
            {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"error":"no"}}},{"functionResponse":{"name":"f","response":{"n":1}}}]}]}
            """;
        var turn = FormatTranslators.Find("gemini")!.ReadRequest(Wire.Bytes(request), new PathFacts("m")).Request!.Messages;
        var results = turn[2].Parts.Cast<ToolResultPart>().ToList();

        Assert.Equal(turn[1].Parts.Cast<ToolCallPart>().Select(call => call.Id), results.Select(result => result.CallId));
        Assert.Equal("toolu_1", results[0].CallId);
        Assert.True(results[0].IsError);
        Assert.Equal("""{"n":1}""", Assert.IsType<TextPart>(results[1].Parts[0]).Text);
    }

    [Fact]
    public void An_exception_of_bedrocks_in_the_stream_then_its_message()
    {
        var frames = new ArrayBufferWriter<byte>();
        Purser.Providers.Translation.Converse.FrameWriter.WriteException("throttlingException"u8, """{"message":"Too many."}"""u8, frames);
        var sink = new RecordingSink();
        using var reader = FormatTranslators.Find("converse")!.CreateStreamReader(Context);
        reader.Feed(frames.WrittenSpan, sink);
        reader.End(sink);

        Assert.Contains("Status = 429", Assert.Single(sink.Events), StringComparison.Ordinal);
        Assert.Contains("Too many.", sink.Events[0], StringComparison.Ordinal);
        Assert.Equal(["exception throttlingException {\"message\":\"Too many.\"}"], SharedCells.Frames(frames.WrittenSpan.ToArray()));
    }

    [Fact]
    public void A_frame_then_its_lengths_and_checksums()
    {
        var frames = new ArrayBufferWriter<byte>();
        Purser.Providers.Translation.Converse.FrameWriter.WriteEvent("messageStart"u8, """{"role":"assistant"}"""u8, frames);
        var frame = frames.WrittenSpan;

        Assert.Equal(frame.Length, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame));
        Assert.Equal(["messageStart {\"role\":\"assistant\"}"], SharedCells.Frames(frame.ToArray()));
    }

    [Fact]
    public void Claudes_thinking_on_bedrock_then_it_comes_back_signed()
    {
        const string answer = """
            {"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}},{"toolUse":{"toolUseId":"t1","name":"f","input":{}}}]}},
            "stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}
            """;
        var response = FormatTranslators.Find("converse")!.ReadResponse(Wire.Bytes(answer), Context).Response!;
        var output = new ArrayBufferWriter<byte>();
        FormatTranslators.Find("messages")!.WriteResponse(response, Context, output);
        var content = JsonNode.Parse(output.WrittenSpan)!["content"]!;
        Assert.Equal("c2ln", (string?)content[0]!["signature"]);

        var request =
            $$$"""{"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"a"},{"role":"assistant","content":{{{content.ToJsonString()}}}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]}]}""";
        Write("messages", request, "converse", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", out var body);
        var sent = JsonNode.Parse(body)!;

        Assert.Equal(
            """{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"c2ln"}}}""",
            sent["messages"]![1]!["content"]![0]!.ToJsonString()
        );
        Assert.Equal("enabled", (string?)sent["additionalModelRequestFields"]!["thinking"]!["type"]);
    }

    private static RequestWritten Write(string client, string request, string provider, string model, out byte[] body)
    {
        var read = FormatTranslators.Find(client)!.ReadRequest(Encoding.UTF8.GetBytes(request), new PathFacts("m"));
        Assert.Null(read.Fault);
        var output = new ArrayBufferWriter<byte>();
        var written = FormatTranslators.Find(provider)!.WriteRequest(read.Request!, new TranslationTarget(model), output);
        body = output.WrittenSpan.ToArray();
        return written;
    }
}
