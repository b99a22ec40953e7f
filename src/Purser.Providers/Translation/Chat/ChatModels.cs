using Purser.Providers.OpenAI;

namespace Purser.Providers.Translation.Chat;

/// <summary>What models that are asked by chat completions take, as far as their names say it.</summary>
internal static class ChatModels
{
    private static readonly string[] Silent = ["gpt-3.5", "gpt-4", "gpt-5-chat", "chatgpt-"];
    private static readonly string[] Interleaved = ["deepseek", "kimi", "glm-", "minimax", "mimo"];
    private static readonly string[] Fixed = ["o1", "o3", "o4", "gpt-5", "gpt-6", "codex-"];

    /// <summary>Whether the model reasons unseen: such a model knows <c>max_completion_tokens</c> and <c>developer</c>.</summary>
    public static bool Reasons(string model) => ReasoningModels.MayHide(model);

    /// <summary>Whether the model refuses <c>reasoning_effort</c>.</summary>
    public static bool TakesNoEffort(string model) => StartsWithAny(model, Silent);

    /// <summary>Whether the model refuses a temperature, penalties and stop sequences: OpenAI's that reason do.</summary>
    public static bool TakesNoSampling(string model) => StartsWithAny(model, Fixed) && !StartsWithAny(model, Silent);

    /// <summary>Whether the model wants the reasoning of a turn back, as plain text: vendors that reason between tool calls do; others refuse it.</summary>
    public static bool TakesReasoningBack(string model) =>
        Interleaved.Any(name => model.Contains(name, StringComparison.OrdinalIgnoreCase));

    private static bool StartsWithAny(string model, string[] starts)
    {
        var name = model[(model.LastIndexOf('/') + 1)..];
        return starts.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));
    }
}
