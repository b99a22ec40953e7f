namespace Purser.Routing.Understanding;

/// <summary>Writes what was counted into the dense features.</summary>
internal static class DenseFeatures
{
    private const float BytesPerToken = 4;
    private const int FewTokens = 16;

    /// <summary>The dense features.</summary>
    /// <param name="figures">What the walk over the body counted.</param>
    /// <param name="user">The last turn of the user's.</param>
    /// <param name="system">The system's text.</param>
    /// <param name="lines">The lines of the last turn of the user's.</param>
    public static float[] Of(RequestFigures figures, TextScan user, TextScan system, LineScan lines)
    {
        var dense = new float[FeatureNames.All.Count];
        AddSizes(dense, figures);
        AddCounts(dense, user, lines);
        AddShares(dense, user, lines);
        AddRequestFlags(dense, figures, user);
        AddTextFlags(dense, user, lines);
        AddLanguage(dense, user);
        for (var cue = Cue.None + 1; (int)cue < Cues.Count; cue++)
        {
            dense[FeatureNames.Says(cue)] = user[cue];
            dense[FeatureNames.InSystem(cue)] = system[cue];
        }
        if (user.Lead != Cue.None)
        {
            dense[FeatureNames.Leads(user.Lead)] = user.IsLeadAnOrder ? 1 : 0.4f;
        }
        if (user.LastLead != Cue.None)
        {
            ref var last = ref dense[FeatureNames.Leads(user.LastLead)];
            last = Math.Max(last, 0.7f);
        }
        return dense;
    }

    private static void AddSizes(float[] dense, RequestFigures figures)
    {
        Count(dense, Feature.BodyBytes, figures.BodyBytes);
        Count(dense, Feature.SystemBytes, figures.System.SaidBytes);
        Count(dense, Feature.UserBytes, figures.UserBytes);
        Count(dense, Feature.LastUserBytes, figures.LastUser.SaidBytes);
        Count(dense, Feature.AssistantBytes, figures.AssistantBytes);
        Count(dense, Feature.ToolResultBytes, figures.ResultBytes);
        Count(dense, Feature.ToolCallBytes, figures.CallBytes);
        Count(dense, Feature.ToolDefinitionBytes, figures.ToolBytes);
        Count(dense, Feature.SchemaBytes, figures.SchemaBytes);
        var read =
            figures.System.SaidBytes
            + figures.UserBytes
            + figures.AssistantBytes
            + figures.ResultBytes
            + figures.CallBytes
            + figures.ToolBytes
            + figures.SchemaBytes;
        Count(dense, Feature.EstimatedTokens, read / BytesPerToken);
        Count(dense, Feature.UserTurns, figures.UserTurns);
        Count(dense, Feature.AssistantTurns, figures.AssistantTurns);
        Count(dense, Feature.Tools, figures.Tools);
        Count(dense, Feature.ToolResults, figures.ToolResults);
        Count(dense, Feature.ToolCalls, figures.ToolCalls);
        Count(dense, Feature.Images, figures.Images);
        Count(dense, Feature.Files, figures.Files);
        Count(dense, Feature.OutputLimit, figures.OutputLimit);
    }

    private static void AddCounts(float[] dense, TextScan user, LineScan lines)
    {
        Count(dense, Feature.Words, user.WordCount);
        Count(dense, Feature.Sentences, user.Sentences);
        Count(dense, Feature.Lines, lines.Lines);
        Count(dense, Feature.Numbers, user.Numbers);
        Count(dense, Feature.ListItems, lines.ListItems);
        Count(dense, Feature.Options, lines.Options);
        Count(dense, Feature.Constraints, user.Constraints);
        Count(dense, Feature.QuestionWords, user.QuestionWords);
        Count(dense, Feature.QuestionMarks, user.Questions);
        Count(dense, Feature.CodeFences, lines.Fences);
        Count(dense, Feature.TraceLines, lines.TraceLines);
        Count(dense, Feature.DiffLines, lines.DiffLines);
    }

    private static void AddShares(float[] dense, TextScan user, LineScan lines)
    {
        var signs = Math.Max(1, user.Letters + user.Digits + user.MathsSigns + user.Brackets);
        dense[(int)Feature.MeanWordLength] = user.Letters / (float)Math.Max(1, user.WordCount - user.Numbers);
        dense[(int)Feature.MeanSentenceWords] = user.WordCount / (float)Math.Max(1, user.Sentences);
        dense[(int)Feature.DigitShare] = user.Digits / (float)signs;
        dense[(int)Feature.CapitalShare] = user.Capitals / (float)Math.Max(1, user.Letters);
        dense[(int)Feature.MathsSignShare] = user.MathsSigns / (float)signs;
        dense[(int)Feature.BracketShare] = user.Brackets / (float)signs;
        dense[(int)Feature.CodeShare] = lines.CodeShare;
    }

    private static void AddRequestFlags(float[] dense, RequestFigures figures, TextScan user)
    {
        Flag(dense, Feature.HasSystem, figures.System.SaidBytes > 0);
        Flag(dense, Feature.HasTools, figures.Tools > 0);
        Flag(dense, Feature.HasAgentTools, figures.AgentTools > 0);
        Flag(dense, Feature.HasImages, figures.Images > 0);
        Flag(dense, Feature.EndsOnToolResult, figures.EndsOnResult);
        Flag(dense, Feature.AsksThinking, figures.AsksThinking);
        Flag(dense, Feature.AsksJson, figures.AsksJson);
        Flag(dense, Feature.AsksSchema, figures.SchemaBytes > 0);
        Flag(dense, Feature.ForcesTool, figures.ForcesTool && figures.Tools > 0);
        Flag(dense, Feature.LimitsToWords, figures.OutputLimit is > 0 and <= FewTokens);
        Flag(dense, Feature.IsConversation, figures.AssistantTurns > 0);
        Flag(dense, Feature.IsCut, figures.IsCut);
        Flag(dense, Feature.IsShort, user.WordCount is > 0 and <= 15);
        Flag(dense, Feature.IsVeryShort, user.WordCount <= 4);
        Flag(dense, Feature.IsLong, user.WordCount > 300);
    }

    private static void AddTextFlags(float[] dense, TextScan user, LineScan lines)
    {
        Flag(dense, Feature.HasCode, lines.CodeShare > 0.15f || lines.Fences > 0 || lines.Heads > 0);
        Flag(dense, Feature.HasTrace, lines.TraceLines > 0);
        Flag(dense, Feature.HasDiff, lines.DiffLines > 0);
        Flag(dense, Feature.HasOptions, lines.Options >= 3);
        Flag(dense, Feature.HasMathsSigns, dense[(int)Feature.MathsSignShare] > 0.03f && lines.CodeShare < 0.2f);
        Flag(dense, Feature.HasNumbers, user.Numbers >= 3);
        Flag(dense, Feature.HasNoWords, user.WordCount == user.Numbers);
        Flag(dense, Feature.EndsInQuestion, user.EndsInQuestion);
    }

    private static void AddLanguage(float[] dense, TextScan user)
    {
        if (user.WordCount == user.Numbers)
        {
            return;
        }
        var eastAsian = user.Share(Script.Han) + user.Share(Script.Hiragana) + user.Share(Script.Katakana) + user.Share(Script.Hangul);
        var cyrillic = user.Share(Script.Cyrillic);
        var latin = user.Share(Script.Latin);
        // A sign of Han is a word, so a few Latin names among them are soon outweighed: no more than a third is asked for.
        var language =
            eastAsian > 0.33f ? Feature.IsEastAsian
            : cyrillic > 0.33f ? Feature.IsCyrillic
            : latin < 0.5f ? Feature.IsOtherScript
            : user.GuessedLanguage switch
            {
                Language.English => Feature.IsEnglish,
                Language.German => Feature.IsGerman,
                Language.French => Feature.IsFrench,
                Language.Spanish => Feature.IsSpanish,
                _ => Feature.IsOtherLatin,
            };
        dense[(int)language] = 1;
    }

    private static void Count(float[] dense, Feature feature, float count) => dense[(int)feature] = MathF.Log2(1 + count);

    private static void Flag(float[] dense, Feature feature, bool isSet) => dense[(int)feature] = isSet ? 1 : 0;
}
