using Purser.Providers.Translation.Chat;
using Purser.Providers.Translation.Converse;
using Purser.Providers.Translation.Gemini;
using Purser.Providers.Translation.Messages;
using Purser.Providers.Translation.Ollama;
using Purser.Providers.Translation.Responses;

namespace Purser.Providers.Translation;

/// <summary>The catalogue of formats that can be translated: a format is one folder, and one line here.</summary>
public static class FormatTranslators
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<FormatTranslator> All { get; } =
    [
        new ChatTranslator(),
        new MessagesTranslator(),
        new ResponsesTranslator(),
        new GeminiTranslator(),
        new OllamaTranslator(),
        new ConverseTranslator(),
    ];

    /// <summary>The format of a name; null where there is none.</summary>
    public static FormatTranslator? Find(string name) => All.FirstOrDefault(format => format.Name == name);
}
