using System.Buffers;
using System.Text;
using Purser.Core.Usage;

namespace Purser.Providers.Translation;

/// <summary>
/// Relays a stream of one format to a client of another, event by event. The provider's bytes also go through its own format's relay, which
/// meters them as ever. Cut-offs and closing texts are canonical events, so that every format ends as its clients expect.
/// </summary>
/// <param name="meter">The relay of the provider's format; what it appends goes nowhere.</param>
/// <param name="reader">Reads the provider's stream.</param>
/// <param name="writer">Writes the client's.</param>
/// <param name="textIsJson">Whether the answer's text must be JSON: no notice may be in it then.</param>
public sealed class TranslatingRelay(StreamRelay meter, CanonicalStreamReader reader, CanonicalStreamWriter writer, bool textIsJson)
    : StreamRelay
{
    private readonly Passage passage = new(writer, textIsJson);
    private readonly NoWriter nowhere = new();

    /// <summary>Whether the client has got the stream's end, or an error.</summary>
    public bool HasEnded => passage.HasEnded;

    /// <summary>The rules that the writer applied so far.</summary>
    public RuleNotes Notes => writer.Notes;

    /// <inheritdoc/>
    public override bool IsClosed => passage.IsClosed;

    /// <inheritdoc/>
    public override void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        meter.Relay(chunk, nowhere);
        if (!passage.HasEnded)
        {
            passage.Output = output;
            reader.Feed(chunk, passage);
        }
    }

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        meter.Complete(nowhere);
        if (!passage.HasEnded)
        {
            passage.Output = output;
            reader.End(passage);
        }
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output)
    {
        passage.Output = output;
        passage.Take(new CanonicalEvent { Kind = CanonicalEventKind.Error, Error = error });
    }

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output)
    {
        const int longest = 1000;
        if (passage.IsCut)
        {
            return;
        }
        var notice = JsonReading.Clean(cut.Notice, longest);
        if (notice is not null)
        {
            writer.WriteComment(notice, output);
        }
        passage.Output = output;
        passage.CutOff(cut.InAnswer ? notice : null);
    }

    /// <inheritdoc/>
    public override void CloseWith(string text) => passage.Closing = Encoding.UTF8.GetBytes(text);

    /// <inheritdoc/>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output) =>
        writer.WriteComment($"{name}={value}", output);

    /// <inheritdoc/>
    public override void Dispose()
    {
        meter.Dispose();
        reader.Dispose();
        writer.Dispose();
        base.Dispose();
    }

    /// <summary>Passes events to the writer, and knows what is open.</summary>
    private sealed class Passage(CanonicalStreamWriter writer, bool textIsJson) : CanonicalEvents
    {
        // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
        private const int BytesPerToken = 4;

        private readonly List<(int Choice, int Block, BlockPart Part)> open = [];
        private CanonicalUsage? usage;
        private long outputBytes;
        private int nextBlock;
        private ulong choices;
        private ulong finished;
        private bool hasStarted;
        private bool hadText;
        private bool hadMoreThanText;

        public IBufferWriter<byte>? Output { get; set; }

        public bool HasEnded { get; private set; }

        public bool IsCut { get; private set; }

        public byte[]? Closing { get; set; }

        public bool IsClosed { get; private set; }

        public override void Take(in CanonicalEvent next)
        {
            if (HasEnded)
            {
                return;
            }
            if (next.Kind == CanonicalEventKind.BlockEnd && next.Part == BlockPart.Text && Closing is { } text && !textIsJson)
            {
                IsClosed = true;
                Closing = null;
                GiveDelta(next.Choice, next.Block, text);
            }
            Note(next);
            writer.Write(next, Output!);
        }

        /// <summary>Ends the stream as a stop at the output limit.</summary>
        public void CutOff(string? notice)
        {
            IsCut = true;
            if (HasEnded)
            {
                return;
            }
            if (!hasStarted)
            {
                Take(new CanonicalEvent { Kind = CanonicalEventKind.Start });
            }
            Closing = null;
            GiveNotice(textIsJson ? null : notice);
            while (open.Count > 0)
            {
                var (choice, block, part) = open[0];
                Take(
                    new CanonicalEvent
                    {
                        Kind = CanonicalEventKind.BlockEnd,
                        Choice = choice,
                        Block = block,
                        Part = part,
                    }
                );
            }
            choices |= 1;
            for (var choice = 0; choice < 64; choice++)
            {
                if (((choices & ~finished) >> choice & 1) != 0)
                {
                    Take(
                        new CanonicalEvent
                        {
                            Kind = CanonicalEventKind.Finish,
                            Choice = choice,
                            Stop = StopReason.Length,
                        }
                    );
                }
            }
            Take(new CanonicalEvent { Kind = CanonicalEventKind.Usage, Usage = Estimate() });
            Take(new CanonicalEvent { Kind = CanonicalEventKind.End });
        }

        // At the end of the text that is open; else in a text of its own, but not after a tool call, which it would follow in the next turn,
        // where only results may.
        private void GiveNotice(string? notice)
        {
            if (notice is null)
            {
                return;
            }
            var texts = open.FindIndex(entry => entry.Part == BlockPart.Text);
            if (texts < 0 && (hadMoreThanText || finished != 0))
            {
                return;
            }
            if (texts < 0)
            {
                texts = open.Count;
                Take(
                    new CanonicalEvent
                    {
                        Kind = CanonicalEventKind.BlockStart,
                        Block = nextBlock,
                        Part = BlockPart.Text,
                    }
                );
            }
            var (choice, block, _) = open[texts];
            GiveDelta(choice, block, Encoding.UTF8.GetBytes(hadText ? $"\n\n[Purser: {notice}]" : $"[Purser: {notice}]"));
        }

        private void GiveDelta(int choice, int block, byte[] text) =>
            writer.Write(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.Delta,
                    Choice = choice,
                    Block = block,
                    Part = BlockPart.Text,
                    Text = text,
                },
                Output!
            );

        private CanonicalUsage Estimate()
        {
            var tokens = usage?.Tokens ?? default;
            var estimate = (outputBytes + BytesPerToken - 1) / BytesPerToken;
            if (tokens.OutputTokens < estimate)
            {
                tokens[UsageClass.Output] += estimate - tokens.OutputTokens;
            }
            return new CanonicalUsage(tokens);
        }

        private void Note(in CanonicalEvent next)
        {
            var (choice, block) = (next.Choice, next.Block);
            usage = next.Usage ?? usage;
            switch (next.Kind)
            {
                case CanonicalEventKind.Start:
                    hasStarted = true;
                    break;
                case CanonicalEventKind.BlockStart:
                    open.Add((choice, block, next.Part));
                    nextBlock = block + 1;
                    choices |= 1UL << (choice & 63);
                    hadMoreThanText |= next.Part is BlockPart.ToolCall or BlockPart.FreeformCall or BlockPart.Opaque;
                    break;
                case CanonicalEventKind.Delta:
                    outputBytes += next.Text.Length;
                    hadText |= next.Part == BlockPart.Text;
                    break;
                case CanonicalEventKind.BlockEnd:
                    open.RemoveAll(entry => entry.Block == block);
                    break;
                case CanonicalEventKind.Finish:
                    finished |= 1UL << (choice & 63);
                    break;
                case CanonicalEventKind.End or CanonicalEventKind.Error:
                    HasEnded = true;
                    break;
            }
        }
    }
}
