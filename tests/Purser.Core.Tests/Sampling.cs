namespace Purser.Core.Tests;

/// <summary>How often a property is tried. With mutants each test runs hundreds of times, so then it's a twentieth.</summary>
internal static class Sampling
{
    private static readonly bool Briefly = Environment.GetEnvironmentVariable("PURSER_MUTATION") == "1";

    public static int Times(int usual) => Briefly ? usual / 20 : usual;
}
