using System.Text;
using System.Text.Json;

namespace Purser.Providers.Anthropic;

/// <summary>
/// The <c>metadata.user_id</c> of a request. Claude Code writes a JSON object into the string
/// (<c>device_id</c>, <c>account_uuid</c>, <c>session_id</c>); its older versions wrote
/// <c>user_…_account_…_session_…</c>. Anything else is an opaque id.
/// </summary>
internal static class AnthropicUserId
{
    private const int MaxLength = 256;

    /// <summary>Puts what the id says into the facts.</summary>
    public static void Read(string? userId, RequestFacts facts)
    {
        if (userId is null)
        {
            return;
        }
        var isKnown = userId[0] == '{' ? ReadJson(userId, facts) : ReadUnderscored(userId, facts);
        facts.EndUser = isKnown ? facts.AccountUuid ?? facts.DeviceId : JsonReading.Clean(userId, MaxLength);
    }

    private static bool ReadJson(string userId, RequestFacts facts)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(userId));
        string? device = null;
        string? account = null;
        string? session = null;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (reader.ValueTextEquals("device_id"u8))
                {
                    device = Next(ref reader);
                }
                else if (reader.ValueTextEquals("account_uuid"u8))
                {
                    account = Next(ref reader);
                }
                else if (reader.ValueTextEquals("session_id"u8))
                {
                    session = Next(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }
        (facts.DeviceId, facts.AccountUuid, facts.SessionId) = (device, account, session);
        return device is not null || account is not null || session is not null;
    }

    private static string? Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return JsonReading.Clean(JsonReading.Text(ref reader, null), MaxLength);
    }

    private static bool ReadUnderscored(string userId, RequestFacts facts)
    {
        const string user = "user_";
        const string account = "_account_";
        const string session = "_session_";
        var accountAt = userId.IndexOf(account, StringComparison.Ordinal);
        var sessionAt = userId.LastIndexOf(session, StringComparison.Ordinal);
        if (!userId.StartsWith(user, StringComparison.Ordinal) || accountAt < user.Length || sessionAt < accountAt)
        {
            return false;
        }
        facts.DeviceId = JsonReading.Clean(userId[user.Length..accountAt], MaxLength);
        var accountStart = Math.Min(accountAt + account.Length, sessionAt);
        facts.AccountUuid = JsonReading.Clean(userId[accountStart..sessionAt], MaxLength);
        facts.SessionId = JsonReading.Clean(userId[(sessionAt + session.Length)..], MaxLength);
        return true;
    }
}
