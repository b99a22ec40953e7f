using Purser.Providers.Translation;

namespace Purser.Providers.Anthropic;

/// <summary>
/// Purser's marked blocks of thinking in a conversation that goes to Claude itself: they are left out, and blocks that Anthropic signed stay byte for
/// byte. A message that has nothing else says that there was thinking, as Anthropic takes no empty one.
/// </summary>
internal static class OwnThinking
{
    private const string Instead = """{"type":"text","text":"(thinking)"}""";

    private static readonly string[] Dropped = [TranslationRules.DropReasoningContent.Name];
    private static readonly string[] DroppedAndOff = [TranslationRules.DropReasoning.Name, .. Dropped];

    /// <summary>Whether there are such blocks.</summary>
    public static bool IsIn(RequestFacts facts) => facts.OwnReasoning.Count > 0;

    /// <summary>By which rules they are taken out.</summary>
    public static IReadOnlyList<string> Rules(RequestFacts facts) =>
        !IsIn(facts) ? []
        : MustNotThink(facts) ? DroppedAndOff
        : Dropped;

    /// <summary>Takes them out.</summary>
    public static void Remove(ReadOnlySpan<byte> body, RequestFacts facts, List<BodyEdit> edits)
    {
        OwnReasoning.Remove(body, facts, Instead, edits);
        if (MustNotThink(facts))
        {
            edits.Add(new BodyEdit(facts.ThinkingMember, [.. "\"thinking\":{\"type\":\"disabled\"}"u8]));
        }
    }

    // A model that is given a budget must have begun a turn that is in the middle of its calls with thinking that Anthropic signed.
    private static bool MustNotThink(RequestFacts facts) =>
        facts is { ThinkingBudget: > 0, EndsWithToolResult: true, LatestReasoningIsOwn: true, ThinkingMember.Length: > 0 };
}
