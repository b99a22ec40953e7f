using System.Text;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Answers;

/// <summary>
/// Decides what is answered, from the request and its seed alone. The rule of lengths: a limit of at most
/// <see cref="ExactUpTo"/> tokens is used up exactly (a load test knows what it gets); otherwise the answer has
/// <see cref="ShortestNatural"/> to <see cref="LongestNatural"/> tokens, by the seed. A stop sequence, a tool call or a prompt's own
/// <c>[[simulate:tokens=N]]</c> goes before the rule. Where the model reasons, a quarter of the tokens is reasoning, or as much as its hidden thinking takes.
/// </summary>
internal static class AnswerPlan
{
    /// <summary>The largest limit that is used up exactly, in tokens.</summary>
    public const int ExactUpTo = 2048;

    /// <summary>The shortest answer that ends by itself, in tokens.</summary>
    public const int ShortestNatural = 20;

    /// <summary>The longest answer that ends by itself, in tokens.</summary>
    public const int LongestNatural = 400;

    private const int FreeformWords = 8;

    /// <summary>Plans one answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="directives">What the prompt asks of the simulator.</param>
    /// <param name="fault">What goes wrong with it.</param>
    /// <param name="hidden">The tokens of hidden reasoning; null for the rule's quarter.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="wire">The format, which draws ids and signatures.</param>
    /// <param name="random">The request's seed.</param>
    public static Answer Create(
        ChatRequest request,
        Directives directives,
        FaultKind fault,
        int? hidden,
        ReadOnlySpan<byte> body,
        Wire wire,
        ref SeededRandom random
    )
    {
        if (!request.Generates || fault == FaultKind.Blocked)
        {
            return request.Generates ? Answer.Withheld : Answer.Empty;
        }

        if (request.Media is { OutputTokens: { } media })
        {
            return new Answer([], false, [], [], media, 0, AnswerEnd.Natural, null, null);
        }

        var overruns = fault == FaultKind.Overrun;
        var (total, end) = Length(request.MaxTokens, directives.Tokens, hidden ?? 0, overruns, ref random);
        var share = hidden is { } thought ? Math.Min(thought, total) : total / 4;
        var reasoning = request.Reasons ? (int)Math.Min(share, request.ReasoningBudget ?? int.MaxValue) : 0;
        var thinking = reasoning > 0 && request.ShowsReasoning && hidden is null ? Words.Write(ref random, reasoning) : [];
        var signature = reasoning > 0 ? wire.NewSignature(ref random) : null;

        long? left = request.MaxTokens is { } most && !overruns ? most - reasoning : null;
        if (ChosenTool.Find(request, directives, body) is { Count: > 0 } tools)
        {
            var calls = Calls(tools, directives.Arguments, left, wire, ref random);
            var isCut = calls[^1].IsCut || calls.Count < tools.Count;
            var sum = calls.Sum(call => call.Tokens);
            return new Answer([], false, calls, thinking, sum, reasoning, isCut ? AnswerEnd.Length : AnswerEnd.Tool, null, signature);
        }

        if (request.WantsJson)
        {
            var json = ToolArguments.WriteOutput(request.OutputSchemaJson ?? body[request.OutputSchema], ref random);
            var taken = Take(json, left, out var tokens);
            end = taken < json.Length ? AnswerEnd.Length : AnswerEnd.Natural;
            return new Answer(json[..taken], true, [], thinking, tokens, reasoning, end, null, signature);
        }

        if (directives.Says is { } said)
        {
            var taken = Take(said, left, out var tokens);
            end = taken < said.Length ? AnswerEnd.Length : AnswerEnd.Natural;
            return new Answer(said[..taken], false, [], thinking, tokens, reasoning, end, null, signature) { IsDrawn = false };
        }

        var text = Words.Write(ref random, total - reasoning);
        var visible = total - reasoning;
        var (cut, stop) = FirstStop(text, request.StopSequences);
        if (stop is not null)
        {
            text = text[..cut];
            visible = TokenCounter.Count(text);
            end = AnswerEnd.StopSequence;
        }

        return new Answer(text, false, [], thinking, visible, reasoning, end, stop, signature);
    }

    // Calls share the limit: the one that it cuts is the last.
    private static List<ToolCall> Calls(IReadOnlyList<ChosenTool> tools, byte[]? given, long? left, Wire wire, ref SeededRandom random)
    {
        var calls = new List<ToolCall>();
        foreach (var tool in tools)
        {
            var arguments = given ?? (tool.IsFreeform ? Words.Write(ref random, FreeformWords) : ToolArguments.Write(tool, ref random));
            var taken = Take(arguments, left, out var tokens);
            var id = wire.NewToolCallId(tool.Name, ref random);
            calls.Add(
                new ToolCall(id, tool.Name, arguments[..taken], tokens, taken < arguments.Length)
                {
                    Group = tool.Group,
                    IsFreeform = tool.IsFreeform,
                }
            );
            left -= tokens;
            if (taken < arguments.Length || left <= 0)
            {
                break;
            }
        }

        return calls;
    }

    private static int Take(byte[] json, long? limit, out int tokens) =>
        TokenCounter.Take(json, (int)Math.Clamp(limit ?? int.MaxValue, 0, int.MaxValue), out tokens);

    private static (int Tokens, AnswerEnd End) Length(long? limit, int? asked, int hidden, bool overruns, ref SeededRandom random)
    {
        var natural = ShortestNatural + random.Below(LongestNatural - ShortestNatural + 1);
        var wanted = asked ?? (limit <= ExactUpTo ? (int)limit : natural + hidden);
        var tokens = (int)Math.Min(wanted, limit ?? int.MaxValue);
        var end = limit is not null && wanted >= limit ? AnswerEnd.Length : AnswerEnd.Natural;
        if (overruns && limit is { } most)
        {
            // The excess counts from the limit itself, so that it is one whatever the natural length.
            var start = (int)Math.Min(most, Directives.MostTokens);
            return (start + 1 + random.Below(Math.Max(8, start / 4)), AnswerEnd.Length);
        }

        return (tokens, end);
    }

    private static (int Index, string? Stop) FirstStop(byte[] text, IReadOnlyList<string> stops)
    {
        var (first, found) = (text.Length, (string?)null);
        foreach (var stop in stops)
        {
            var index = stop.Length == 0 ? -1 : text.AsSpan().IndexOf(Encoding.UTF8.GetBytes(stop));
            if (index >= 0 && index < first)
            {
                (first, found) = (index, stop);
            }
        }

        return (first, found);
    }
}
