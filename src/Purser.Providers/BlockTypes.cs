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

    /// <summary>Parts of the input of OpenAI's responses that are no text.</summary>
    public static bool IsResponsesNonText(ReadOnlySpan<byte> type) =>
        (type.StartsWith("input_"u8) && !type.SequenceEqual("input_text"u8))
        || type.IndexOf("image"u8) >= 0
        || type.IndexOf("screenshot"u8) >= 0
        || type.IndexOf("audio"u8) >= 0;

    /// <summary>Items of OpenAI's responses that are in the body as a whole. Of all others the provider may add more.</summary>
    public static bool IsResponsesItem(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("message"u8)
        || type.SequenceEqual("function_call"u8)
        || type.SequenceEqual("function_call_output"u8)
        || type.SequenceEqual("custom_tool_call"u8)
        || type.SequenceEqual("custom_tool_call_output"u8)
        || type.SequenceEqual("local_shell_call"u8)
        || type.SequenceEqual("local_shell_call_output"u8)
        || type.SequenceEqual("apply_patch_call"u8)
        || type.SequenceEqual("apply_patch_call_output"u8)
        || type.SequenceEqual("additional_tools"u8)
        || IsResponsesSecret(type);

    /// <summary>Items of OpenAI's responses whose content is in the body in secret form, or with the provider.</summary>
    public static bool IsResponsesSecret(ReadOnlySpan<byte> type) => type.SequenceEqual("reasoning"u8) || type.StartsWith("compaction"u8);

    /// <summary>Items of OpenAI's responses that may be nothing but the id of one that the provider keeps: an image that it made is named so.</summary>
    public static bool IsResponsesReference(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("item_reference"u8) || type.SequenceEqual("image_generation_call"u8);

    /// <summary>Tools of OpenAI's responses that the client runs itself, and the frame around several of them.</summary>
    public static bool IsResponsesClientTool(ReadOnlySpan<byte> type) =>
        IsOpenAIClientTool(type)
        || type.SequenceEqual("local_shell"u8)
        || type.SequenceEqual("apply_patch"u8)
        || type.SequenceEqual("namespace"u8)
        || type.StartsWith("computer"u8);

    /// <summary>
    /// Tools that OpenAI runs in its responses and bills by tokens, or by calls that the price book has a class for. The preview of web search has a fee
    /// of its own, which depends on the model.
    /// </summary>
    public static bool IsResponsesPricedTool(ReadOnlySpan<byte> type) =>
        (type.StartsWith("web_search"u8) && !type.StartsWith("web_search_preview"u8))
        || type.SequenceEqual("mcp"u8)
        || type.SequenceEqual("tool_search"u8);

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
