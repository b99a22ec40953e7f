using System.Buffers;
using System.Text;
using CsCheck;
using Purser.Core.Usage;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Any answer, written for a client and read as that format's provider would be, is the same: whole, streamed, and cut off.</summary>
public sealed class AnswerPropertyTests
{
    private static readonly Gen<string> Texts = Pick.Of(
        "a",
        "Hé “x” \\ \"q\" \n\t",
        "😀",
        " ",
        "{\"json\":true}",
        "<b>&amp;</b>",
        "x\u2028y",
        "data: [DONE]"
    );

    private static readonly Gen<string> Arguments = Pick.Of("{}", """{"a":1}""", """{"b":["é","\n"],"c":{"d":null}}""");

    // Blocks of one kind don't follow one another: some formats have no mark between them.
    private static readonly Gen<Answer> Answers = Gen.Select(
            Gen.Select(Gen.Int[0, 2], Texts.List[1, 4], Arguments).List[1, 5],
            Gen.Bool,
            Gen.Int[0, 900],
            Gen.Int[1, 900]
        )
        .Select(Make);

    public static TheoryData<string> Formats => [.. FormatTranslators.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Streamed_then_the_same(string format)
    {
        var translator = FormatTranslators.Find(format)!;
        Answers.Sample(
            answer =>
            {
                var context = Context(format);
                var sink = new WritingSink(translator.CreateStreamWriter(context));
                answer.Give(sink);
                Assert.Equal(answer.Describe(), Read(translator, context, sink.Output.WrittenSpan));
            },
            iter: 500
        );
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Whole_then_the_same(string format)
    {
        var translator = FormatTranslators.Find(format)!;
        Answers.Sample(
            answer =>
            {
                var output = new ArrayBufferWriter<byte>();
                translator.WriteResponse(answer.Whole, Context(format), output);
                var read = translator.ReadResponse(output.WrittenSpan.ToArray(), Context(format));
                Assert.Null(read.Violation);
                // Two formats have reasoning, text and calls apart, whatever their order was.
                var isSorted = format is "chat" or "ollama";
                Assert.Equal(Describe(answer.Whole, isSorted), Describe(read.Response!, isSorted));
            },
            iter: 500
        );
    }

    // The budget ends: what the client got by then, a notice, and a stop at the limit.
    [Theory]
    [MemberData(nameof(Formats))]
    public void Cut_off_then_a_whole_answer_that_stops_at_the_limit(string format)
    {
        var translator = FormatTranslators.Find(format)!;
        var context = Context(format);
        var facts = ProviderCatalog.Chat.Facts("""{"model":"m","stream":true,"messages":[]}""");
        var relay = new TranslatingRelay(
            ProviderCatalog.Chat.CreateStreamRelay(facts, new UsageReading()),
            FormatTranslators.Find("chat")!.CreateStreamReader(context),
            translator.CreateStreamWriter(context),
            textIsJson: false
        );
        var output = new ArrayBufferWriter<byte>();
        relay.Relay("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n"u8, output);
        relay.CutOff(new CutOff("the budget is used up"), output);
        relay.Complete(output);
        var events = Read(translator, context, output.WrittenSpan);

        Assert.True(relay.HasEnded);
        Assert.Equal("Text 'Hello\n\n[Purser: the budget is used up]'", events[0]);
        Assert.Equal("Length", events[1]);
        Assert.Equal("End", events[^1]);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_error_then_its_message_and_status_come_through(string format)
    {
        var translator = FormatTranslators.Find(format)!;
        var output = new ArrayBufferWriter<byte>();
        var status = translator.WriteError(new WireError(429, "rate_limit_exceeded", "Slow “down”."), output);
        var read = translator.ReadError(status, output.WrittenSpan);
        var sink = new WritingSink(translator.CreateStreamWriter(Context(format)));
        sink.Take(new CanonicalEvent { Kind = CanonicalEventKind.Start });
        sink.Take(
            new CanonicalEvent { Kind = CanonicalEventKind.Error, Error = new WireError(429, "rate_limit_exceeded", "Slow “down”.") }
        );

        Assert.Equal(429, status);
        Assert.Equal("Slow “down”.", read.Message);
        Assert.Equal("Error Slow “down”.", Read(translator, Context(format), sink.Output.WrittenSpan)[^1]);
    }

    private static AnswerContext Context(string format) =>
        new(
            new CanonicalRequest
            {
                Model = "m",
                Format = format,
                Stream = true,
                WantsStreamUsage = true,
            },
            TranslationVectors.AnswerId,
            TranslationVectors.Created
        );

    private static Answer Make(List<(int Kind, List<string> Texts, string Arguments)> blocks, bool isFull, int input, int outputTokens)
    {
        var parts = new List<(BlockPart Part, List<string> Pieces)>();
        foreach (var (kind, texts, arguments) in blocks)
        {
            var part = kind switch
            {
                0 => BlockPart.Text,
                1 => BlockPart.Reasoning,
                _ => BlockPart.ToolCall,
            };
            if (part == BlockPart.ToolCall || parts.Count == 0 || parts[^1].Part != part)
            {
                parts.Add((part, part == BlockPart.ToolCall ? [arguments[..1], arguments[1..]] : texts));
            }
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = input;
        usage[UsageClass.Output] = outputTokens;
        var hasCalls = parts.Exists(part => part.Part == BlockPart.ToolCall);
        var stop =
            isFull ? StopReason.Length
            : hasCalls ? StopReason.ToolCalls
            : StopReason.EndTurn;
        return new Answer(parts, stop, new CanonicalUsage(usage));
    }

    private static List<string> Describe(CanonicalResponse response, bool isSorted)
    {
        var choice = response.Choices[0];
        var parts = choice.Parts.Select(Describe).ToList();
        if (isSorted)
        {
            var said = string.Concat(choice.Parts.OfType<TextPart>().Select(text => text.Text));
            var thought = string.Concat(choice.Parts.OfType<ReasoningPart>().Select(part => part.Text));
            parts = [thought, said, .. choice.Parts.OfType<ToolCallPart>().Select(Describe)];
        }
        return [.. parts, choice.Stop.ToString(), $"{response.Usage!.Tokens.InputTokens} {response.Usage.Tokens.OutputTokens}"];
    }

    private static string Describe(CanonicalPart part) =>
        part switch
        {
            TextPart text => $"Text '{text.Text}'",
            ReasoningPart thought => $"Reasoning '{thought.Text}'",
            ToolCallPart call => $"ToolCall {call.Id} {call.Name} '{call.Arguments}'",
            _ => part.GetType().Name,
        };

    private static List<string> Read(FormatTranslator format, AnswerContext context, ReadOnlySpan<byte> stream)
    {
        var sink = new BlockSink();
        using var reader = format.CreateStreamReader(context);
        reader.Feed(stream, sink);
        reader.End(sink);
        return sink.Lines();
    }

    private sealed record Answer(List<(BlockPart Part, List<string> Pieces)> Blocks, StopReason Stop, CanonicalUsage Usage)
    {
        public CanonicalResponse Whole =>
            new()
            {
                Id = "x",
                Model = "served",
                Choices = [new CanonicalChoice(0, [.. Blocks.Select((block, index) => Part(block, index))], Stop)],
                Usage = Usage,
            };

        public List<string> Describe()
        {
            var sink = new BlockSink();
            Give(sink);
            return sink.Lines();
        }

        public void Give(CanonicalEvents sink)
        {
            sink.Take(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.Start,
                    Id = "x",
                    Name = "served",
                }
            );
            for (var index = 0; index < Blocks.Count; index++)
            {
                var (part, pieces) = Blocks[index];
                var isCall = part == BlockPart.ToolCall;
                sink.Take(
                    new CanonicalEvent
                    {
                        Kind = CanonicalEventKind.BlockStart,
                        Block = index,
                        Part = part,
                        Id = isCall ? $"call_{index}" : null,
                        Name = isCall ? "f" : null,
                    }
                );
                foreach (var piece in pieces)
                {
                    sink.Take(
                        new CanonicalEvent
                        {
                            Kind = CanonicalEventKind.Delta,
                            Block = index,
                            Part = part,
                            Text = Encoding.UTF8.GetBytes(piece),
                        }
                    );
                }
                sink.Take(
                    new CanonicalEvent
                    {
                        Kind = CanonicalEventKind.BlockEnd,
                        Block = index,
                        Part = part,
                    }
                );
            }
            sink.Take(new CanonicalEvent { Kind = CanonicalEventKind.Finish, Stop = Stop });
            sink.Take(new CanonicalEvent { Kind = CanonicalEventKind.Usage, Usage = Usage });
            sink.Take(new CanonicalEvent { Kind = CanonicalEventKind.End });
        }

        private static CanonicalPart Part((BlockPart Part, List<string> Pieces) block, int index)
        {
            var text = string.Concat(block.Pieces);
            return block.Part switch
            {
                BlockPart.Text => new TextPart(text),
                BlockPart.Reasoning => new ReasoningPart(text),
                _ => new ToolCallPart($"call_{index}", "f", text),
            };
        }
    }

    // A line for each block, the stop, the last usage, and the end.
    private sealed class BlockSink : CanonicalEvents
    {
        private readonly List<(int Block, string Head, StringBuilder Text)> blocks = [];
        private readonly List<string> ends = [];
        private string? usage;

        public List<string> Lines() =>
            [
                .. blocks.Select(block => $"{block.Head} '{block.Text}'"),
                .. ends.Take(ends.Count - 1),
                .. usage is null ? (string[])[] : [usage],
                .. ends.TakeLast(1),
            ];

        public override void Take(in CanonicalEvent next)
        {
            usage = next.Usage is { } late ? $"{late.Tokens.InputTokens} {late.Tokens.OutputTokens}" : usage;
            switch (next.Kind)
            {
                case CanonicalEventKind.BlockStart:
                    blocks.Add((next.Block, next.Part + (next.Id is null ? "" : $" {next.Id} {next.Name}"), new StringBuilder()));
                    break;
                case CanonicalEventKind.Delta:
                    var number = next.Block;
                    blocks.Find(block => block.Block == number).Text.Append(Encoding.UTF8.GetString(next.Text));
                    break;
                case CanonicalEventKind.Finish:
                    ends.Add(next.Stop.ToString());
                    break;
                case CanonicalEventKind.End:
                    ends.Add("End");
                    break;
                case CanonicalEventKind.Error:
                    ends.Add($"Error {next.Error!.Value.Message}");
                    break;
            }
        }
    }
}
