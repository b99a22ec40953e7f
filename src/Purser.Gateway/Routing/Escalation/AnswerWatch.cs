using System.Buffers;
using System.Text;
using Purser.Gateway.Configuration;
using Purser.Providers;
using Purser.Providers.Translation;
using Purser.Routing.Checks;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>Watches one attempt's answer on its way to the client, and says at its end whether it passes the checks.</summary>
/// <param name="request">The request.</param>
/// <param name="checks">Which checks are made.</param>
/// <param name="holdStream">Whether a stream is held until it has passed.</param>
/// <param name="isLimited">Whether a budget limits the answer's length.</param>
internal sealed class AnswerWatch(CheckedRequest request, AnswerChecks checks, bool holdStream, bool isLimited)
{
    /// <summary>Says of an answer that it failed a check, and why the client gets it all the same.</summary>
    public const string Header = "x-purser-check";

    /// <summary>The longest that a stream is held: clients and proxies want to see something.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(30);

    // What is larger is read no further, and nothing is said of it.
    private const int LargestAnswer = 4 << 20;

    private readonly AnswerChecks checks = request.Of(checks);
    private Gathering? gathering;
    private IReadOnlyList<CheckedChoice> read = [];

    /// <summary>Whether a stream is still to be held: as long as it can be read, and isn't too large.</summary>
    public bool HoldsStream => holdStream && gathering is { IsReadable: true, Relayed: <= LargestAnswer };

    /// <summary>Whether anything was checked.</summary>
    public bool HasChecked { get; private set; }

    /// <summary>What the answer failed; null where it passed, or nothing was checked.</summary>
    public CheckFailure? Failure { get; private set; }

    /// <summary>What became of it, for the record: <c>passed</c>, or what it failed.</summary>
    public string Verdict => Failure is null ? "passed" : $"{Failure.Name}: {Failure.Why}";

    /// <summary>A relay that is watched; it relays the same bytes.</summary>
    public StreamRelay Over(StreamRelay relay)
    {
        if (!request.CanReadStreams)
        {
            return relay;
        }

        gathering = new Gathering();
        return new Tap(relay, request.ReadStream(), gathering);
    }

    /// <summary>Checks a whole answer, as the client gets it.</summary>
    public void Check(ReadOnlyMemory<byte> answer) => Check(answer.Length > LargestAnswer ? null : request.ReadAnswer(answer));

    /// <summary>Checks a stream that has ended as it should.</summary>
    public void CheckStream() => Check(gathering?.Choices());

    /// <summary>Checks the code in an answer that passed all else, by the operator's own commands.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="stop">The client left.</param>
    public async Task CheckCodeAsync(IReadOnlyList<CodeCommand> commands, CancellationToken stop)
    {
        if (commands.Count > 0 && HasChecked)
        {
            Failure ??= await CodeChecker.FaultAsync(commands, read, stop);
        }
    }

    private void Check(IReadOnlyList<CheckedChoice>? choices)
    {
        if (choices is { Count: > 0 })
        {
            HasChecked = true;
            read = choices;
            Failure = AnswerChecker.Fault(isLimited ? request.Demand with { HasLimit = true } : request.Demand, choices, checks);
        }
    }

    /// <summary>Reads what a relay gives the client.</summary>
    private sealed class Tap(StreamRelay relay, CanonicalStreamReader reader, Gathering gathering) : StreamRelay
    {
        private readonly ArrayBufferWriter<byte> given = new(4096);

        public override bool TellsErrors => relay.TellsErrors;

        public override bool IsClosed => relay.IsClosed;

        public override void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
        {
            relay.Relay(chunk, given);
            Give(output);
        }

        public override void Complete(IBufferWriter<byte> output)
        {
            relay.Complete(given);
            Give(output);
            if (gathering.IsReadable)
            {
                reader.End(gathering);
            }
        }

        public override void WriteError(in WireError error, IBufferWriter<byte> output) => relay.WriteError(error, output);

        public override void CutOff(in CutOff cut, IBufferWriter<byte> output) => relay.CutOff(cut, output);

        public override void CloseWith(string text) => relay.CloseWith(text);

        public override void WriteFigure(string name, string value, IBufferWriter<byte> output) => relay.WriteFigure(name, value, output);

        public override void Dispose()
        {
            relay.Dispose();
            reader.Dispose();
            base.Dispose();
        }

        private void Give(IBufferWriter<byte> output)
        {
            output.Write(given.WrittenSpan);
            gathering.Relayed += given.WrittenCount;
            if (gathering.IsReadable)
            {
                reader.Feed(given.WrittenSpan, gathering);
            }

            given.ResetWrittenCount();
        }
    }

    /// <summary>Puts a stream's events together.</summary>
    private sealed class Gathering : CanonicalEvents
    {
        private readonly SortedDictionary<int, Choice> choices = [];
        private readonly Dictionary<int, Block> blocks = [];
        private int length;
        private bool hasEnded;

        public bool IsReadable { get; private set; } = true;

        /// <summary>How many bytes the client was or is to be given.</summary>
        public long Relayed { get; set; }

        public IReadOnlyList<CheckedChoice>? Choices() =>
            IsReadable && hasEnded
                ?
                [
                    .. choices.Values.Select(choice => new CheckedChoice(
                        choice.Text.ToString(),
                        [.. choice.Calls.Select(call => new CheckedCall(call.Name, call.Text.ToString(), call.IsText))],
                        CheckedRequest.StopOf(choice.Stop),
                        choice.HasRefusal,
                        choice.HasOther
                    )),
                ]
                : null;

        public override void Take(in CanonicalEvent next)
        {
            switch (next.Kind)
            {
                case CanonicalEventKind.BlockStart:
                    Open(next);
                    break;
                case CanonicalEventKind.Delta:
                    Add(next);
                    break;
                case CanonicalEventKind.Finish:
                    Of(next.Choice).Stop = next.Stop;
                    break;
                case CanonicalEventKind.End:
                    hasEnded = true;
                    break;
                case CanonicalEventKind.Error:
                    IsReadable = false;
                    break;
                default:
                    break;
            }
        }

        private void Open(in CanonicalEvent next)
        {
            var choice = Of(next.Choice);
            var block = new Block(
                next.Name ?? "",
                next.Part == BlockPart.Text ? choice.Text : new StringBuilder(),
                next.Part == BlockPart.FreeformCall
            );
            blocks[next.Block] = block;
            choice.HasRefusal |= next.Part == BlockPart.Refusal;
            choice.HasOther |= next.Part == BlockPart.Opaque;
            if (next.Part is BlockPart.ToolCall or BlockPart.FreeformCall)
            {
                choice.Calls.Add(block);
            }
        }

        private void Add(in CanonicalEvent next)
        {
            length += next.Text.Length;
            IsReadable &= length <= LargestAnswer;
            if (
                IsReadable
                && next.Part is BlockPart.Text or BlockPart.ToolCall or BlockPart.FreeformCall
                && blocks.TryGetValue(next.Block, out var block)
            )
            {
                block.Text.Append(Encoding.UTF8.GetString(next.Text));
            }
        }

        private Choice Of(int index)
        {
            if (!choices.TryGetValue(index, out var choice))
            {
                choices[index] = choice = new Choice();
            }

            return choice;
        }

        private sealed record Block(string Name, StringBuilder Text, bool IsText);

        private sealed class Choice
        {
            public StringBuilder Text { get; } = new();

            public List<Block> Calls { get; } = [];

            public StopReason Stop { get; set; }

            public bool HasRefusal { get; set; }

            public bool HasOther { get; set; }
        }
    }
}
