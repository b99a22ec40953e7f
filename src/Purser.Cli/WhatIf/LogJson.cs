using System.Globalization;
using System.Text.Json;

namespace Purser.Cli.WhatIf;

/// <summary>Looks into lines whose shape nobody promises: what isn't there, or is something else, is null.</summary>
internal static class LogJson
{
    /// <summary>A member that is an object.</summary>
    public static JsonElement? Object(this JsonElement? element, string name) => element.Member(name, JsonValueKind.Object);

    /// <summary>A member that is an object.</summary>
    public static JsonElement? Object(this JsonElement element, string name) => Object((JsonElement?)element, name);

    /// <summary>A member that is a list; empty where there is none.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement? element, string name) =>
        element.Member(name, JsonValueKind.Array) is { } list ? list.EnumerateArray() : [];

    /// <summary>A member that is a text; null where it is empty, too.</summary>
    public static string? Text(this JsonElement? element, string name) =>
        element.Member(name, JsonValueKind.String) is { } text && text.GetString() is { Length: > 0 } value ? value : null;

    /// <summary>A member that is a text; null where it is empty, too.</summary>
    public static string? Text(this JsonElement element, string name) => Text((JsonElement?)element, name);

    /// <summary>Whether a member is true.</summary>
    public static bool IsTrue(this JsonElement element, string name) => Member(element, name, JsonValueKind.True) is not null;

    /// <summary>A member that is a whole number, not negative; null for any other.</summary>
    public static long? Count(this JsonElement? element, string name) =>
        element.Member(name, JsonValueKind.Number) is { } number && number.TryGetInt64(out var count) && count >= 0 ? count : null;

    /// <summary>A member that is a time; UTC where it has no offset.</summary>
    public static DateTimeOffset? Time(this JsonElement element, string name) =>
        element.Text(name) is { } text
        && DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;

    private static JsonElement? Member(this JsonElement? element, string name, JsonValueKind kind) =>
        element is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(name, out var member) && member.ValueKind == kind
            ? member
            : null;
}
