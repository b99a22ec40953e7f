namespace Purser.Providers;

/// <summary>What the <c>type</c> of a content block, part or tool means for its cost.</summary>
internal static class BlockTypes
{
    /// <summary>Images, audio, video, documents and files: input whose tokens its bytes don't bound.</summary>
    public static bool IsNonText(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("image"u8)
        || type.SequenceEqual("document"u8)
        || type.SequenceEqual("file"u8)
        || type.SequenceEqual("audio"u8)
        || type.SequenceEqual("container_upload"u8)
        || type.EndsWith("_url"u8)
        || type.StartsWith("input_"u8);

    /// <summary>Sources that the provider fetches from elsewhere.</summary>
    public static bool IsReference(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("url"u8) || type.SequenceEqual("file"u8) || type.SequenceEqual("container_upload"u8);

    /// <summary>Tools that an OpenAI client runs itself. All others are taken for the provider's.</summary>
    public static bool IsOpenAIClientTool(ReadOnlySpan<byte> type) => type.SequenceEqual("function"u8) || type.SequenceEqual("custom"u8);

    /// <summary>Tools that an Anthropic client runs itself. All others are taken for the provider's.</summary>
    public static bool IsAnthropicClientTool(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("custom"u8)
        || type.StartsWith("bash_"u8)
        || type.StartsWith("text_editor_"u8)
        || type.StartsWith("computer_"u8)
        || type.StartsWith("browser_"u8)
        || type.StartsWith("memory_"u8);

    /// <summary>
    /// Tools that Anthropic runs, by their dated names: these may be defined in the middle of a conversation as well.
    /// The blocks of their calls and results have no date in their names.
    /// </summary>
    public static bool IsAnthropicHostedTool(ReadOnlySpan<byte> type) =>
        type.Length > DateLength
        && type[^(DateLength + 1)] == (byte)'_'
        && !type[^DateLength..].ContainsAnyExceptInRange((byte)'0', (byte)'9')
        && !IsAnthropicClientTool(type)
        && !type.StartsWith("compact_"u8)
        && !type.StartsWith("clear_"u8);

    private const int DateLength = 8;
}
