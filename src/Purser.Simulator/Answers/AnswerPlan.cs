using System.Text;
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

    /// <summary>Plans one answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="directives">What the prompt asks of the simulator.</param>
    /// <param name="overruns">Whether the answer exceeds the request's limit.</param>
    /// <param name="hidden">The tokens of hidden reasoning; null for the rule's quarter.</param>
    /// <param name="tools">The JSON array of the request's tools; empty when it has none.</param>
    /// <param name="openAI">Whether ids and reasoning follow OpenAI, otherwise Anthropic.</param>
    /// <param name="random">The request's seed.</param>
    public static Answer Create(
        ChatRequest request,
        Directives directives,
        bool overruns,
        int? hidden,
        ReadOnlySpan<byte> tools,
        bool openAI,
        ref SeededRandom random
    )
    {
        var (total, end) = Length(request.MaxTokens, directives.Tokens, hidden ?? 0, overruns, ref random);
        var share = hidden is { } thought ? Math.Min(thought, total) : total / 4;
        var reasoning = request.Reasons ? (int)Math.Min(share, request.ReasoningBudget ?? int.MaxValue) : 0;
        var thinking = reasoning > 0 && !openAI && request.ShowsReasoning && hidden is null ? Words.Write(ref random, reasoning) : [];
        var signature = reasoning > 0 && !openAI ? Ids.Signature(ref random) : null;

        if (ChosenTool.Find(request, directives, tools) is { } tool)
        {
            var arguments = ToolArguments.Write(tool, ref random);
            var limit = request.MaxTokens is { } most && !overruns ? (int)Math.Min(most - reasoning, int.MaxValue) : int.MaxValue;
            var taken = TokenCounter.Take(arguments, limit, out var tokens);
            var call = new ToolCall(openAI ? Ids.ToolCall(ref random) : Ids.ToolUse(ref random), tool.Name, arguments[..taken]);
            return new Answer(
                [],
                call,
                thinking,
                tokens,
                reasoning,
                taken < arguments.Length ? AnswerEnd.Length : AnswerEnd.Tool,
                null,
                signature
            );
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

        return new Answer(text, null, thinking, visible, reasoning, end, stop, signature);
    }

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
