using System.Text;
using Purser.Simulator.Answers;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Skills;

/// <summary>What a plan makes of one request: how long its answer is, what it carries, and how a bad one looks.</summary>
internal sealed class SkilledAnswer
{
    private static readonly byte[] Refusal = "I'm sorry, but I can't help with that. "u8.ToArray();

    private readonly SkillPlan plan;
    private readonly PromptNature nature;
    private readonly SkillOutcome outcome;
    private readonly byte[]? verdict;
    private readonly long? limit;

    private SkilledAnswer(SkillPlan plan, PromptNature nature, SkillOutcome outcome, byte[]? verdict, long? limit)
    {
        this.limit = limit;
        this.plan = plan;
        this.nature = nature;
        this.outcome = outcome;
        this.verdict = verdict;
    }

    /// <summary>Looks at a request.</summary>
    /// <param name="plan">The plan; null for none.</param>
    /// <param name="request">The request.</param>
    /// <param name="directives">What its prompt asks of the simulator; who says what is answered needs no skill.</param>
    /// <param name="body">Its body.</param>
    /// <param name="at">When it came.</param>
    /// <returns>Null where skill has no part in it.</returns>
    public static SkilledAnswer? Of(SkillPlan? plan, ChatRequest request, Directives directives, ReadOnlySpan<byte> body, DateTimeOffset at)
    {
        if (
            plan is null
            || request is { Embedding: not null } or { Rerank: not null } or { Media: not null }
            || request.Choices == 0
            || !request.Generates
            || directives.Says is not null
            || directives.Arguments is not null
        )
        {
            return null;
        }

        var text = AskedText.Read(body);
        if (PairwiseVerdict.Of(plan, request, text.Last, body) is { } verdict)
        {
            return new SkilledAnswer(plan, PromptNature.Of(plan, text.System, text.Asked, text.Last), default, verdict, request.MaxTokens);
        }

        var nature = PromptNature.Of(plan, text.System, text.Asked, text.Last);
        return plan.Outcome(request.Model.Name, nature, at) is { } outcome
            ? new SkilledAnswer(plan, nature, outcome, null, request.MaxTokens)
            : null;
    }

    /// <summary>The directives with the answer's length.</summary>
    public Directives Within(Directives directives) =>
        verdict is not null ? directives with { Says = verdict } : directives with { Tokens = directives.Tokens ?? outcome.Tokens };

    /// <summary>The answer with its mark, and with what shows of a bad one.</summary>
    public Answer Apply(Answer answer, FaultKind fault, ref SeededRandom random)
    {
        if (fault == FaultKind.Blocked)
        {
            return answer;
        }

        if (verdict is not null)
        {
            return answer.IsJson ? Whole(answer, verdict, isJson: true, AnswerEnd.Natural) : answer;
        }

        var flaw = outcome.Flaw == AnswerFlaw.InvalidJson && !answer.IsJson && answer.Tools.Count == 0 ? AnswerFlaw.None : outcome.Flaw;
        if (flaw == AnswerFlaw.Refusal && answer.Tools.Count == 0)
        {
            byte[] refusal = [.. Refusal, .. AnswerMark.Words(isGood: false, plan.Seed, ref random)];
            var left = (int)Math.Clamp((limit ?? int.MaxValue) - answer.ReasoningTokens, 1, int.MaxValue);
            var taken = TokenCounter.Take(refusal, left, out _);
            var end = taken < refusal.Length ? AnswerEnd.Length : AnswerEnd.Natural;
            return Whole(answer, refusal[..taken], isJson: false, end) with { IsDrawn = false };
        }

        if (answer.Tools is [{ IsFreeform: false } call, ..])
        {
            var arguments = Marked(call.Arguments, ref random);
            arguments = flaw == AnswerFlaw.InvalidJson && arguments.Length > 0 ? arguments[..^1] : arguments;
            var given = call with { Arguments = arguments, Tokens = TokenCounter.Count(arguments) };
            return answer with
            {
                Tools = [given, .. answer.Tools.Skip(1)],
                OutputTokens = answer.OutputTokens - call.Tokens + given.Tokens,
            };
        }

        if (answer.IsJson)
        {
            var json = Marked(answer.Text, ref random);
            return flaw switch
            {
                AnswerFlaw.InvalidJson when json.Length > 0 => Whole(answer, json[..^1], isJson: true, answer.End),
                AnswerFlaw.Truncated => Whole(answer, json[..(json.Length * 2 / 3)], isJson: true, AnswerEnd.Length),
                _ => answer with { Text = json },
            };
        }

        return Worded(answer, flaw, ref random);
    }

    /// <summary>Says in the record what was drawn.</summary>
    public void Write(OutputBuffer fields)
    {
        if (verdict is not null)
        {
            fields.Add(",\"verdict\":"u8).AddJson(Encoding.ASCII.GetString(verdict));
            return;
        }

        fields.Add(",\"class\":"u8).AddJson(nature.Class).Add(",\"difficulty\":"u8).Add(Rounded(nature.Difficulty));
        fields.Add(",\"chance\":"u8).Add(Rounded(outcome.Chance)).Add(outcome.IsGood ? ",\"good\":true"u8 : ",\"good\":false"u8);
    }

    private static byte[] Rounded(double value) =>
        Encoding.ASCII.GetBytes(value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture));

    private Answer Worded(Answer answer, AnswerFlaw flaw, ref SeededRandom random)
    {
        var words = Encoding.ASCII.GetString(answer.Text).Split(' ');
        if (words.Length < AnswerMark.MarkedWords)
        {
            return answer;
        }

        var kept = flaw == AnswerFlaw.Truncated ? Math.Max(AnswerMark.MarkedWords, words.Length / 2) : words.Length;
        var mark = Encoding.ASCII.GetString(AnswerMark.Words(outcome.IsGood, plan.Seed, ref random));
        var text = string.Join(' ', [mark, .. words[AnswerMark.MarkedWords..kept]]);
        return answer with
        {
            Text = Encoding.ASCII.GetBytes(text),
            OutputTokens = answer.OutputTokens - (words.Length - kept),
            End = flaw == AnswerFlaw.Truncated ? AnswerEnd.Length : answer.End,
        };
    }

    private static Answer Whole(Answer answer, byte[] text, bool isJson, AnswerEnd end) =>
        answer with
        {
            Text = text,
            IsJson = isJson,
            OutputTokens = TokenCounter.Count(text),
            End = end,
            StopSequence = null,
        };

    private byte[] Marked(byte[] json, ref SeededRandom random)
    {
        var space = AnswerMark.Space(outcome.IsGood, plan.Seed, ref random);
        return json is [(byte)'{', .. var rest] ? [(byte)'{', .. space, .. rest] : json;
    }
}
