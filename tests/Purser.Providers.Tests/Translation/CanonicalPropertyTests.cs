using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Any canonical request, written in a format and read again, is the same in all that the format can carry.</summary>
public sealed class CanonicalPropertyTests
{
    private static readonly JsonElement Schema = JsonDocument
        .Parse("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""")
        .RootElement;

    private static readonly Gen<string> Texts = Pick.Of(
        "a",
        "Hé “x” \\ \"q\" \n\t",
        "😀",
        " spaces ",
        "{\"json\":true}",
        "<b>&amp;</b>",
        "x\u2028y"
    );

    private static readonly Gen<CanonicalPart> Said = Gen.OneOf(
        Texts.Select(text => (CanonicalPart)new TextPart(text)),
        Gen.Const((CanonicalPart)new MediaPart(MediaKind.Image, "image/png") { Base64 = "aGVsbG8="u8.ToArray() }),
        Gen.Const((CanonicalPart)new MediaPart(MediaKind.Image, null) { Url = "https://example.com/a?b=c&d" }),
        Gen.Const((CanonicalPart)new MediaPart(MediaKind.Document, "application/pdf") { Base64 = "JVBERi0="u8.ToArray(), Name = "a.pdf" })
    );

    private static readonly Gen<CanonicalMessage> UserTurn = Said.List[1, 3]
        .Select(parts => new CanonicalMessage(CanonicalRole.User, parts));

    // A turn with calls, and all their results in the next.
    private static readonly Gen<CanonicalMessage[]> CallTurns = Gen.Select(Texts, Gen.Int[1, 3], Gen.Bool, Texts).Select(Calls);

    private static readonly Gen<CanonicalMessage[]> Turns = Gen.OneOf(
        CallTurns,
        Gen.Select(Texts, UserTurn).Select((text, user) => (CanonicalMessage[])[new(CanonicalRole.Assistant, [new TextPart(text)]), user])
    );

    private static readonly Gen<CanonicalRequest> Requests = Gen.Select(
            Gen.Bool,
            UserTurn,
            Turns.List[0, 4],
            Gen.Int[1, 9000],
            Gen.Int[0, 100],
            Gen.Int[0, 4],
            Texts.List[0, 3],
            Gen.Bool
        )
        .Select(
            (hasSystem, first, turns, limit, heat, choice, stops, streams) =>
                new CanonicalRequest
                {
                    Model = "m",
                    Stream = streams,
                    Messages =
                    [
                        .. hasSystem ? [new CanonicalMessage(CanonicalRole.System, [new TextPart("Be “good”.")])] : (CanonicalMessage[])[],
                        first,
                        .. turns.SelectMany(turn => turn),
                    ],
                    Tools =
                    [
                        new CanonicalTool(ToolKind.Function, "f")
                        {
                            Description = "d",
                            Parameters = Schema,
                            Strict = true,
                        },
                    ],
                    ToolChoice = choice switch
                    {
                        0 => null,
                        1 => new ToolChoice(ToolChoiceKind.Named, "f"),
                        _ => new ToolChoice((ToolChoiceKind)(choice - 2)),
                    },
                    ParallelToolCalls = heat > 50 && choice > 0 && choice != 3 ? false : null,
                    OutputForm = heat > 80 ? new OutputForm(Schema, Strict: true) : null,
                    MaxOutputTokens = limit,
                    Temperature = heat / 100m,
                    StopSequences = [.. stops.Where(stop => !string.IsNullOrWhiteSpace(stop))],
                    User = heat % 2 == 0 ? "user-1" : null,
                }
        );

    public static TheoryData<string> Formats => [.. FormatTranslators.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Written_and_read_again_then_it_is_the_same(string format)
    {
        var translator = FormatTranslators.Find(format)!;
        Requests.Sample(
            whole =>
            {
                var request = Carried(whole, format);
                var output = new ArrayBufferWriter<byte>();
                var written = translator.WriteRequest(request, new TranslationTarget("m"), output);
                Assert.Null(written.Fault);
                var path = format is "gemini" or "converse" ? new PathFacts("m", request.Stream) : default;
                var read = translator.ReadRequest(output.WrittenSpan.ToArray(), path);
                Assert.Null(read.Fault);
                Assert.Equal(Describe(request, format), Describe(read.Request!, format));
            },
            iter: 2000
        );
    }

    [Fact]
    public void From_one_format_into_another_and_back_then_it_is_the_same()
    {
        var (chat, messages) = (FormatTranslators.Find("chat")!, FormatTranslators.Find("messages")!);
        Requests.Sample(
            request =>
            {
                var read = Through(messages, Through(chat, request));
                Assert.Equal(Describe(request, "messages-chat"), Describe(read, "messages-chat"));
            },
            iter: 1000
        );
    }

    // What a format has a place for.
    private static CanonicalRequest Carried(CanonicalRequest request, string format)
    {
        if (format is "chat" or "messages")
        {
            return request;
        }
        if (format == "responses")
        {
            return request with { StopSequences = [], Store = false };
        }
        var isOllama = format == "ollama";
        return request with
        {
            Messages = [.. request.Messages.Select(message => message with { Parts = Carried(message.Parts, onlyText: isOllama) })],
            Tools = [.. request.Tools.Select(tool => format == "converse" ? tool : tool with { Strict = null })],
            ToolChoice = isOllama || (format == "converse" && request.ToolChoice?.Kind == ToolChoiceKind.None) ? null : request.ToolChoice,
            ParallelToolCalls = null,
            User = null,
        };
    }

    // Media by URL, and documents with any name, aren't for every format; Ollama has one text a message.
    private static IReadOnlyList<CanonicalPart> Carried(IReadOnlyList<CanonicalPart> parts, bool onlyText)
    {
        var carried = parts
            .Where(part => part is not MediaPart media || (!onlyText && media is { Kind: MediaKind.Image, Base64: not null }))
            .ToList();
        var texts = carried.OfType<TextPart>().ToList();
        if (onlyText && texts.Count > 1)
        {
            carried.RemoveAll(part => part is TextPart && !ReferenceEquals(part, texts[0]));
        }
        return carried.Count > 0 ? carried : [new TextPart("a")];
    }

    private static CanonicalRequest Through(FormatTranslator format, CanonicalRequest request)
    {
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(request, new TranslationTarget("m"), output);
        return format.ReadRequest(output.WrittenSpan.ToArray()).Request!;
    }

    private static CanonicalMessage[] Calls(string text, int count, bool says, string result)
    {
        var calls = Enumerable.Range(0, count).Select(index => (CanonicalPart)new ToolCallPart($"call_{index}", "f", """{"a":"b"}"""));
        var results = Enumerable
            .Range(0, count)
            .Select(index => (CanonicalPart)new ToolResultPart($"call_{index}", [new TextPart(result)]));
        return [new(CanonicalRole.Assistant, says ? [new TextPart(text), .. calls] : [.. calls]), new(CanonicalRole.User, [.. results])];
    }

    // Messages are taken apart: whether two turns of one speaker are one message differs between formats. A format's own defaults are left out.
    private static string Describe(CanonicalRequest request, string format)
    {
        var text = new StringBuilder();
        foreach (var message in request.Messages)
        {
            // Gemini's calls are signed.
            foreach (var part in message.Parts.Where(part => part is not ReasoningPart))
            {
                text.AppendLine($"{message.Role}: {Describe(part)}");
            }
        }
        var tool = Assert.Single(request.Tools);
        text.AppendLine($"{tool.Kind} {tool.Name} {tool.Description} {tool.Parameters} {tool.Strict}");
        var choice =
            request.ToolChoice
            ?? (request.ParallelToolCalls == false && format.Contains("messages") ? new ToolChoice(ToolChoiceKind.Auto) : null);
        text.AppendLine($"{choice?.Kind} {choice?.Name} {request.ParallelToolCalls}");
        text.AppendLine($"{request.OutputForm?.Schema} {request.OutputForm?.Strict}");
        text.AppendLine(
            $"{request.MaxOutputTokens} {request.Temperature} {string.Join('|', request.StopSequences)} {request.User} {request.Stream}"
        );
        return text.ToString();
    }

    private static string Describe(CanonicalPart part) =>
        part switch
        {
            TextPart said => $"'{said.Text}'",
            MediaPart media =>
                $"{media.Kind} {media.MediaType} {media.Url} {media.Name} {Encoding.UTF8.GetString((media.Base64 ?? default).Span)}",
            ToolCallPart call => $"{call.Id} {call.Name} {call.Arguments}",
            ToolResultPart result => $"{result.CallId} {string.Concat(result.Parts.Select(Describe))} {result.IsError}",
            _ => part.GetType().Name,
        };
}
