using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>
/// The whole matrix client × provider × case. Each conversation is there in all formats; a translation of one must be the other, but for what
/// <c>rules.txt</c> says, and for files of their own where a pair differs (<c>converse.sent.from-chat.json</c>).
/// </summary>
public sealed class SharedCellTests
{
    public static TheoryData<string> Cells => [.. SharedCells.All];

    public static TheoryData<string> Files =>
        [.. FormatTranslators.All.SelectMany(format => SharedCells.Cases.Select(name => $"{format.Name}/{name}"))];

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_request_of_the_client_then_it_is_the_providers(string cell)
    {
        var (client, provider) = TranslationVectors.Formats(cell);
        var name = SharedCells.CaseOf(cell);
        var read = SharedCells.Read(client, name);
        Assert.Null(read.Fault);
        var output = new ArrayBufferWriter<byte>();
        var written = provider.WriteRequest(read.Request!, SharedCells.Target(cell), output);
        read.Notes.AddAll(written.Notes);

        Assert.Null(written.Fault);
        Same(
            SharedCells.First(
                name,
                $"{provider.Name}.sent.from-{client.Name}.json",
                $"{provider.Name}.sent.json",
                $"{provider.Name}.request.json"
            ),
            output.WrittenSpan.ToArray(),
            cell
        );
        Assert.True(SharedCells.Rules.TryGetValue(cell, out var rules), $"rules.txt lacks\n{cell}: {read.Notes.ToHeader()}");
        Assert.True(rules == read.Notes.ToHeader(), $"rules.txt should have\n{cell}: {read.Notes.ToHeader()}");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void An_answer_of_the_provider_then_it_is_the_clients(string cell)
    {
        var (client, provider) = TranslationVectors.Formats(cell);
        var name = SharedCells.CaseOf(cell);
        var context = SharedCells.Context(client, name);
        var read = provider.ReadResponse(SharedCells.Bytes(name, $"{provider.Name}.response.json"), context);
        Assert.Null(read.Violation);
        var output = new ArrayBufferWriter<byte>();
        var notes = client.WriteResponse(read.Response!, context, output);

        Assert.Empty(notes.Names);
        Same(
            SharedCells.First(name, $"{client.Name}.response.from-{provider.Name}.json", $"{client.Name}.response.json"),
            output.WrittenSpan.ToArray(),
            cell
        );
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_stream_of_the_provider_then_it_is_the_clients(string cell)
    {
        var (client, provider) = TranslationVectors.Formats(cell);
        var name = SharedCells.CaseOf(cell);
        if (name == "plain")
        {
            // Its answer is one that isn't streamed.
            return;
        }
        var expected = SharedCells.First(name, $"{client.Name}.stream.from-{provider.Name}.txt", $"{client.Name}.stream.txt");
        var stream = SharedCells.Stream(provider, name);
        var actual = Translate(cell, [stream]);

        Assert.Equal(SharedCells.Lines(expected, isFrames: false), SharedCells.Lines(actual, client.Name == "converse"));
        Assert.Equal(actual, Translate(cell, [.. stream.Select(one => (byte[])[one])]));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_request_that_goes_back_into_its_own_format_then_the_clients_bytes(string file)
    {
        var format = FormatTranslators.Find(file.Split('/')[0])!;
        var name = file.Split('/')[1];
        var request = SharedCells.Read(format, name).Request!;
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(request, new TranslationTarget("m"), output);

        Assert.Equal(SharedCells.Bytes(name, $"{format.Name}.request.json"), output.WrittenSpan.ToArray());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_request_that_was_changed_in_between_then_it_is_written_from_the_model(string file)
    {
        var format = FormatTranslators.Find(file.Split('/')[0])!;
        var name = file.Split('/')[1];
        var request = SharedCells.Read(format, name).Request! with { Choices = null };
        Assert.Null(request.Untouched);
        var output = new ArrayBufferWriter<byte>();
        var written = format.WriteRequest(request, SharedCells.Target($"{format.Name}-{format.Name}/{name}"), output);

        Assert.Empty(written.Notes.Names);
        Same(SharedCells.Bytes(name, $"{format.Name}.request.json"), output.WrittenSpan.ToArray(), file);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Any_cuts_of_a_stream_then_the_same_events(string file)
    {
        var format = FormatTranslators.Find(file.Split('/')[0])!;
        var name = file.Split('/')[1];
        if (name == "plain")
        {
            return;
        }
        var stream = SharedCells.Stream(format, name);
        var context = SharedCells.Context(format, name);
        var expected = StreamPropertyTests.Read(format, context, [stream]);

        Gen.Int[1, 60]
            .Array[1, 40]
            .Sample(
                sizes => StreamPropertyTests.Read(format, context, StreamPropertyTests.Split(stream, sizes)).SequenceEqual(expected),
                iter: 100
            );
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Broken_bytes_then_nothing_is_thrown(string file)
    {
        var format = FormatTranslators.Find(file.Split('/')[0])!;
        var name = file.Split('/')[1];
        var context = SharedCells.Context(format, name);
        byte[][] bodies =
        [
            SharedCells.Bytes(name, $"{format.Name}.request.json"),
            SharedCells.Bytes(name, $"{format.Name}.response.json"),
            .. name == "plain" ? (byte[][])[] : [SharedCells.Stream(format, name)],
        ];
        Gen.Select(Gen.Int[0, bodies.Length - 1], Gen.Int[0, 9000], Gen.Byte, Gen.Int[0, 3])
            .Select((body, at, other, how) => StreamPropertyTests.Break(bodies[body], at, other, how))
            .Sample(
                bytes =>
                {
                    foreach (var other in FormatTranslators.All)
                    {
                        Pass(format, other, context, bytes);
                    }
                },
                iter: 200
            );
    }

    // Other types in place of a value: what a client or a provider got wrong.
    [Theory]
    [MemberData(nameof(Files))]
    public void Values_of_other_types_then_nothing_is_thrown(string file)
    {
        var format = FormatTranslators.Find(file.Split('/')[0])!;
        var name = file.Split('/')[1];
        var context = SharedCells.Context(format, name);
        string[] others = ["null", "true", "-1", "1e999", "\"\"", "\"\\ud800\"", "[]", "[1]", "{}", "[null]", "[{}]"];
        foreach (var part in (string[])["request", "response"])
        {
            var text = Encoding.UTF8.GetString(SharedCells.Bytes(name, $"{format.Name}.{part}.json"));
            var values = JsonValues.In(text);
            Gen.Select(Gen.Int[0, values.Count - 1], Gen.Int[0, others.Length - 1])
                .Sample(
                    (at, other) =>
                    {
                        var (start, end) = values[at];
                        Pass(
                            format,
                            FormatTranslators.All[at % FormatTranslators.All.Count],
                            context,
                            Encoding.UTF8.GetBytes(text[..start] + others[other] + text[end..])
                        );
                    },
                    iter: 150
                );
        }
    }

    private static void Pass(FormatTranslator format, FormatTranslator other, AnswerContext context, byte[] bytes)
    {
        if (format.ReadRequest(bytes, new PathFacts("m")).Request is { } request)
        {
            other.WriteRequest(request, new TranslationTarget("m"), new ArrayBufferWriter<byte>());
            format.WriteRequest(request with { Choices = null }, new TranslationTarget("m"), new ArrayBufferWriter<byte>());
        }
        if (format.ReadResponse(bytes, context).Response is { } response)
        {
            other.WriteResponse(response, context, new ArrayBufferWriter<byte>());
        }
        format.ReadError(500, bytes);
        var sink = new WritingSink(other.CreateStreamWriter(context));
        using var reader = format.CreateStreamReader(context);
        reader.Feed(bytes, sink);
        reader.End(sink);
    }

    private static byte[] Translate(string cell, IEnumerable<byte[]> chunks)
    {
        var (client, provider) = TranslationVectors.Formats(cell);
        var context = SharedCells.Context(client, SharedCells.CaseOf(cell));
        var sink = new WritingSink(client.CreateStreamWriter(context));
        using var reader = provider.CreateStreamReader(context);
        foreach (var chunk in chunks)
        {
            reader.Feed(chunk, sink);
        }
        reader.End(sink);
        return sink.Output.WrittenSpan.ToArray();
    }

    private static void Same(byte[] expected, byte[] actual, string what)
    {
        var one = SharedCells.Normal(JsonNode.Parse(expected))!;
        var other = SharedCells.Normal(JsonNode.Parse(actual))!;
        Assert.True(JsonNode.DeepEquals(one, other), $"{what}\nexpected: {one.ToJsonString()}\nactual:   {other.ToJsonString()}");
    }
}

/// <summary>Where the values of a JSON text are.</summary>
internal static class JsonValues
{
    public static List<(int Start, int End)> In(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var values = new List<(int Start, int End)>();
        var begun = new Stack<int>();
        var reader = new System.Text.Json.Utf8JsonReader(bytes);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case System.Text.Json.JsonTokenType.StartObject or System.Text.Json.JsonTokenType.StartArray:
                    begun.Push((int)reader.TokenStartIndex);
                    break;
                case System.Text.Json.JsonTokenType.EndObject or System.Text.Json.JsonTokenType.EndArray:
                    values.Add((begun.Pop(), (int)reader.BytesConsumed));
                    break;
                case not System.Text.Json.JsonTokenType.PropertyName:
                    values.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed));
                    break;
            }
        }
        return [.. values.Select(value => (Chars(bytes, value.Start), Chars(bytes, value.End)))];
    }

    private static int Chars(byte[] bytes, int length) => Encoding.UTF8.GetCharCount(bytes, 0, length);
}
