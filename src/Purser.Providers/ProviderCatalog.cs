using Purser.Providers.Anthropic;
using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers;

/// <summary>The wire formats that Purser speaks. A new one is a folder and one line here.</summary>
public static class ProviderCatalog
{
    /// <summary>OpenAI's chat completions.</summary>
    public static WireFormat OpenAI { get; } = new OpenAIFormat();

    /// <summary>OpenAI's responses.</summary>
    public static WireFormat OpenAIResponses { get; } = new ResponsesFormat();

    /// <summary>Anthropic's messages.</summary>
    public static WireFormat Anthropic { get; } = new AnthropicFormat();

    /// <summary>Every wire format.</summary>
    public static IReadOnlyList<WireFormat> All { get; } = [OpenAI, OpenAIResponses, Anthropic];

    /// <summary>The first format of a name in the configuration, or null where there is none of that name.</summary>
    /// <param name="api"><c>openai</c> or <c>anthropic</c>, in lower case.</param>
    public static WireFormat? ByApi(string api)
    {
        foreach (var format in All)
        {
            if (string.Equals(format.Api, api, StringComparison.Ordinal))
            {
                return format;
            }
        }
        return null;
    }
}
