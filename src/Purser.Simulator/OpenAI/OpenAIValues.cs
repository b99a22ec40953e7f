using System.Text.Json;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAI;

/// <summary>Values of a body's members, and OpenAI's errors for those of a wrong type.</summary>
internal static class OpenAIValues
{
    /// <summary>The string that follows, or null.</summary>
    public static string? String(ref Utf8JsonReader reader, string name, ref RequestError? error)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Null => null,
            _ => Wrong<string>(name, "a string", ref reader, ref error),
        };
    }

    /// <summary>The boolean that follows; null is false.</summary>
    public static bool Boolean(ref Utf8JsonReader reader, string name, ref RequestError? error)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
        {
            Wrong<string>(name, "a boolean", ref reader, ref error);
        }

        return reader.TokenType == JsonTokenType.True;
    }

    /// <summary>The integer that follows, or null.</summary>
    public static long? Integer(ref Utf8JsonReader reader, string name, long least, ref RequestError? error)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number))
        {
            Wrong<string>(name, "an integer", ref reader, ref error);
            return null;
        }

        error ??= number < least ? OpenAIErrors.BelowMinimum(name, least, number) : null;
        return number;
    }

    /// <summary>Notes that a value is of a wrong type, and passes over it.</summary>
    /// <returns>Null.</returns>
    public static T? Wrong<T>(string name, string expected, ref Utf8JsonReader reader, ref RequestError? error)
        where T : class
    {
        error ??= OpenAIErrors.WrongType(name, expected, PromptText.Kind(reader.TokenType));
        reader.Skip();
        return null;
    }

    /// <summary>The service tier that a request is served in.</summary>
    public static string ServedTier(string? asked) =>
        asked switch
        {
            null or "auto" => "default",
            "fast" => "priority",
            _ => asked,
        };
}
