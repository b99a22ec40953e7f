namespace Purser.Gateway.Configuration;

/// <summary>A configuration or a price book that can't be used, with everything that is wrong with it.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> errors)
    : Exception($"{errors.Count} error{(errors.Count == 1 ? "" : "s")}:{Environment.NewLine}{string.Join(Environment.NewLine, errors)}")
{
    /// <summary>Every error.</summary>
    public IReadOnlyList<string> Errors => errors;
}
