using System.Buffers;
using System.Text;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.OpenAI.Tasks;

/// <summary>What is read in requests for embeddings, images, audio and rankings, and in their answers.</summary>
public sealed class OpenAITaskTests
{
    private const string ContentType = "multipart/form-data; boundary=bound";

    [Theory]
    // An image of gpt-image-1 has up to 6,240 tokens, one shown half done 100.
    [InlineData("""{"model":"gpt-image-1","prompt":"x"}""", 6240L, 1, 1)]
    [InlineData("""{"model":"openai/gpt-image-1.5","prompt":"x","quality":"auto","size":"auto"}""", 6240L, 1, 1)]
    [InlineData("""{"model":"gpt-image-1-mini","prompt":"x","quality":"low","size":"1024x1024","n":4}""", 272L, 4, 4)]
    [InlineData("""{"model":"gpt-image-1","prompt":"x","quality":"medium","size":"1536x1024","partial_images":3}""", 1868L, 1, 1)]
    [InlineData("""{"model":"gpt-image-1","prompt":"x","quality":"low","partial_images":0}""", 408L, 1, 1)]
    [InlineData("""{"model":"gpt-image-2","prompt":"x"}""", null, 1, 1)]
    [InlineData("""{"model":"dall-e-2","prompt":"x","n":10}""", null, 10, 10)]
    public void Images_then_bounded_by_their_largest(string body, long? tokens, long choices, long images)
    {
        var facts = Facts("images", body);

        Assert.Equal((tokens, choices, images), (facts.MaxOutputTokens, facts.Choices, facts.Pieces.Images));
        Assert.Equal(body.Length, facts.MaxInputTokens);
    }

    [Theory]
    [InlineData("""{"model":"dall-e-3","prompt":"x"}""", "1024x1024 standard")]
    [InlineData("""{"model":"dall-e-3","prompt":"x","size":"1792x1024","quality":"hd"}""", "1792x1024 hd")]
    [InlineData("""{"model":"dall-e-3","prompt":"x","size":"auto"}""", null)]
    [InlineData("""{"model":"dall-e-3","prompt":"x","quality":"auto"}""", null)]
    public void Images_then_the_variant_in_the_price_books_words(string body, string? variant)
    {
        Assert.Equal(variant, Facts("images", body).Pieces.Variant);
    }

    [Theory]
    [InlineData("""{"model":"tts-1","input":"abc"}""", 3)]
    [InlineData("""{"model":"tts-1","input":"hëllo 😀"}""", 7)]
    [InlineData("""{"model":"tts-1","input":"h\u00ebllo \ud83d\ude00\n"}""", 8)]
    [InlineData("""{"model":"tts-1"}""", 0)]
    public void Speech_then_the_characters_of_its_text(string body, long characters)
    {
        Assert.Equal(characters, Facts("speech", body).Pieces.Characters);
    }

    [Theory]
    [InlineData("""{"model":"m","input":"abc"}""", 1)]
    [InlineData("""{"model":"m","input":["a","b","c"]}""", 3)]
    [InlineData("""{"model":"m","input":[1,2,3]}""", 1)]
    [InlineData("""{"model":"m","input":[[1,2],[3]]}""", 2)]
    public void Embeddings_then_bounded_by_bytes(string body, long inputs)
    {
        var facts = Facts("embeddings", body);

        // Of what has no other bound, the bytes are the bound, and each input's context.
        Assert.Equal((inputs, null, 0L), (facts.Inputs, facts.MaxInputTokens, facts.MaxOutputTokens));
        Assert.False(facts.HasNonTextInput);
    }

    [Fact]
    public void Embeddings_of_images_then_not_bounded_by_bytes()
    {
        var facts = Facts("embeddings", """{"model":"m","input":[{"image_url":"https://x"}]}""");

        Assert.Null(facts.MaxInputTokens);
        Assert.True(facts.HasNonTextInput);
    }

    [Fact]
    public void A_ranking_reads_its_query_with_each_text()
    {
        const string body = """{"model":"m","query":"abc","documents":["a","b"]}""";

        Assert.Equal(body.Length + (2 * 5), Facts("rerank", body).MaxInputTokens);
    }

    [Theory]
    [InlineData("""{"input":"x"}""", "omni-moderation-latest", """{"input":"x","model":"omni-moderation-latest"}""")]
    [InlineData("""{"model":"m","input":"x"}""", "m", """{"model":"m","input":"x"}""")]
    public void A_moderation_names_a_model_or_has_the_usual_one(string body, string model, string sent)
    {
        var format = Format("moderations");
        var facts = Facts("moderations", body);
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(Encoding.UTF8.GetBytes(body), facts, model, output);

        Assert.Equal((model, sent), (facts.Model, Encoding.UTF8.GetString(output.WrittenSpan)));
    }

    [Fact]
    public void A_transcription_then_bounded_by_the_lowest_rate_of_a_codec()
    {
        var facts = Facts("transcriptions", Form(("model", "whisper-1"), ("prompt", "abc"), ("file", new string('a', 1501))), ContentType);

        // 750 bytes a second: three seconds, of 20 tokens and 10 tokens each.
        Assert.Equal(3, facts.Pieces.AudioSeconds);
        Assert.Equal((60 + 3 + 256, (long?)(30 + 256)), (facts.MaxInputTokens, facts.MaxOutputTokens));
        Assert.True(facts.HasNonTextInput);
    }

    [Fact]
    public void An_edit_then_its_images_and_its_text()
    {
        var facts = Facts(
            "image-edits",
            Form(("model", "gpt-image-1"), ("n", "2"), ("quality", "low"), ("prompt", "abcd"), ("file", "PNG"), ("stream", "true")),
            ContentType
        );

        Assert.Equal((1, 2, true), (facts.NonTextParts, facts.Choices, facts.Stream));
        Assert.Equal((408L, 8192 + 1 + 3 + 4 + 4), (facts.MaxOutputTokens, facts.MaxInputTokens));
    }

    [Theory]
    [InlineData("m", "m")]
    [InlineData("deployment", "m")]
    public void The_model_of_a_form_is_renamed_in_place(string asked, string upstream)
    {
        var form = Form(("model", asked), ("file", "RIFF"));
        var format = Format("transcriptions");
        var body = Encoding.UTF8.GetBytes(form);
        var facts = format.Understand(body, new RequestTarget(ContentType: ContentType)).Facts!;
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(body, facts, upstream, output);

        Assert.Equal(asked != upstream, format.NeedsRewrite(facts, upstream));
        Assert.Equal(Form(("model", upstream), ("file", "RIFF")), Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void A_form_whose_model_is_in_the_path_gets_a_field_of_it()
    {
        var form = Form(("file", "RIFF"));
        var format = Format("transcriptions");
        var body = Encoding.UTF8.GetBytes(form);
        var facts = format.Understand(body, new RequestTarget("whisper-1", ContentType: ContentType)).Facts!;
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(body, facts, "whisper-1", output);

        Assert.Equal(
            "--bound\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n" + form,
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    public static TheoryData<string, string, string> Broken =>
        new()
        {
            { "", ContentType, "invalid_form" },
            { "--bound--\r\n", ContentType, "invalid_form" },
            { Form(("model", "m"), ("file", "x")), "multipart/form-data", "invalid_form" },
            { Form(("model", "m"), ("file", "x")), "multipart/form-data; boundary=other", "invalid_form" },
            { Form(("model", "m"), ("file", "x")), "multipart/form-data; boundary=bound; boundary=bound", "invalid_form" },
            { "preamble\r\n" + Form(("model", "m"), ("file", "x")), ContentType, "invalid_form" },
            { Form(("model", "m"), ("file", "x"))[..^6], ContentType, "invalid_form" },
            { Form(("model", "m"), ("file", "x")) + "more", ContentType, "invalid_form" },
            { Form(("model", "m"), ("model", "n"), ("file", "x")), ContentType, "duplicate_member" },
            { Form(("model", "m"), ("Model", "n"), ("file", "x")), ContentType, "ambiguous_member" },
            { Form(("file", "x")), ContentType, "model_missing" },
            { Form(("model", ""), ("file", "x")), ContentType, "invalid_member" },
            { Form(("model", "m")), ContentType, "invalid_member" },
            { Form(("model", "m"), ("file_id", "f")), ContentType, "unsupported" },
            { Form(("model\"; name*=\"utf-8''x", "m"), ("file", "x")), ContentType, "invalid_form" },
            {
                Form(("model", "m"), ("file", "x")).Replace("form-data;", "attachment;", StringComparison.Ordinal),
                ContentType,
                "invalid_form"
            },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_form_that_readers_could_understand_differently_is_refused(string form, string contentType, string code)
    {
        var result = Format("transcriptions").Understand(Encoding.UTF8.GetBytes(form), new RequestTarget(ContentType: contentType));

        Assert.Equal(code, result.Fault?.Code);
    }

    [Fact]
    public void A_file_may_hold_anything_but_the_boundary()
    {
        var facts = Facts("transcriptions", Form(("file", "\r\n\r\n--boun\r\nname=\"model\"\r\n--"), ("model", "m")), ContentType);

        Assert.Equal("m", facts.Model);
    }

    [Fact]
    public void A_stream_is_read_whatever_the_split()
    {
        const string stream =
            "event: transcript.text.delta\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n"
            + "event: transcript.text.done\ndata: {\"type\":\"transcript.text.done\",\"text\":\"hi\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,\"input_token_details\":{\"text_tokens\":4,\"audio_tokens\":10},\"output_tokens\":5,\"total_tokens\":19}}\n\n";
        var facts = Facts("transcriptions", Form(("model", "m"), ("stream", "true"), ("file", "x")), ContentType);
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var reading = new UsageReading();
            var relay = Format("transcriptions").CreateStreamRelay(facts, reading);
            var output = new ArrayBufferWriter<byte>();
            foreach (var chunk in bytes.Chunk(size))
            {
                relay.Relay(chunk, output);
            }
            relay.Complete(output);

            Assert.Equal(stream, Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal(
                (4L, 10L, 5L, true, true),
                (
                    reading.Usage[UsageClass.Input],
                    reading.Usage[UsageClass.AudioInput],
                    reading.Usage[UsageClass.Output],
                    reading.UsageIsFinal,
                    reading.Terminated
                )
            );
        }
    }

    [Fact]
    public void Audio_passes_byte_for_byte_whatever_the_split()
    {
        var audio = Enumerable.Range(0, 300).Select(value => (byte)value).ToArray();
        var facts = Facts("speech", """{"model":"tts-1","input":"abc"}""");
        foreach (var size in new[] { 1, 7, 300 })
        {
            var reading = new UsageReading();
            var relay = Format("speech").CreateStreamRelay(facts, reading);
            var output = new ArrayBufferWriter<byte>();
            foreach (var chunk in audio.Chunk(size))
            {
                relay.Relay(chunk, output);
            }
            relay.Complete(output);
            relay.WriteFigure("x-purser-cost-usd", "1", output);

            Assert.Equal(audio, output.WrittenSpan.ToArray());
            Assert.Equal((3L, true), (reading.Usage[UsageClass.SpeechCharacter], reading.UsageIsFinal));
        }
    }

    [Theory]
    [InlineData("audio/mpeg", true)]
    [InlineData("application/octet-stream", true)]
    [InlineData("text/event-stream", true)]
    [InlineData("application/json", false)]
    public void Audio_is_streamed_and_an_error_is_not(string mediaType, bool isStream)
    {
        Assert.Equal(isStream, Format("speech").IsStream(mediaType));
    }

    private static WireFormat Format(string name) => ProviderCatalog.Formats.Single(format => format.Name == name);

    private static RequestFacts Facts(string format, string body, string contentType = "application/json")
    {
        var result = Format(format).Understand(Encoding.UTF8.GetBytes(body), new RequestTarget(ContentType: contentType));
        Assert.Null(result.Fault);
        return result.Facts!;
    }

    private static string Form(params (string Name, string Value)[] parts)
    {
        var form = new StringBuilder();
        foreach (var (name, value) in parts)
        {
            var file = name == "file" ? "; filename=\"a.bin\"\r\nContent-Type: application/octet-stream" : "";
            form.Append($"--bound\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
        }
        return form + "--bound--\r\n";
    }
}
