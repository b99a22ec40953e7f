using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Http;

/// <summary>One accepted request and all that was decided for it, before the first byte of its answer.</summary>
internal sealed class Exchange
{
    /// <summary>The request.</summary>
    public required ChatRequest Request { get; init; }

    /// <summary>The answers, one a choice.</summary>
    public required Answer[] Answers { get; init; }

    /// <summary>The prompt's tokens, by what the cache did.</summary>
    public required PromptUsage Prompt { get; init; }

    /// <summary>What goes wrong.</summary>
    public required FaultKind Fault { get; init; }

    /// <summary>The answer's id.</summary>
    public required string Id { get; init; }

    /// <summary>The id of the request, as the record and the response's headers have it.</summary>
    public required string RequestId { get; init; }

    /// <summary>When the request came, in Unix seconds.</summary>
    public required long Created { get; init; }

    /// <summary>Further draws: latency and where faults strike.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Its number in the record.</summary>
    public long Number { get; set; }

    /// <summary>The sequence number of its stream's next event, where the format numbers them.</summary>
    public int NextEvent { get; set; }

    /// <summary>How long its answer took up to what was sent so far, in whole milliseconds.</summary>
    public int Milliseconds { get; set; }

    /// <summary>How long the first token of its stream took, in whole milliseconds.</summary>
    public int FirstMilliseconds { get; set; }

    /// <summary>Whether its reasoning passes in an open stream that shows nothing of it.</summary>
    public bool HidesThinking { get; init; }

    /// <summary>Whether the answer says its usage.</summary>
    public bool SaysUsage => Fault != FaultKind.NoUsage;

    /// <summary>Visible output tokens of all answers.</summary>
    public int OutputTokens
    {
        get
        {
            var sum = 0;
            foreach (var answer in Answers)
            {
                sum += answer.OutputTokens;
            }

            return sum;
        }
    }

    /// <summary>Reasoning tokens of all answers.</summary>
    public int ReasoningTokens
    {
        get
        {
            var sum = 0;
            foreach (var answer in Answers)
            {
                sum += answer.ReasoningTokens;
            }

            return sum;
        }
    }
}
