using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Purser.Architecture.Tests;

/// <summary>An interface is worth its indirection when more than one type has it; a store or a clock may wait for its second one.</summary>
internal static class Interfaces
{
    public static IEnumerable<string> WithOneImplementation(IReadOnlyCollection<SourceFile> files)
    {
        var implemented = files
            .SelectMany(file => file.All<TypeDeclarationSyntax>())
            .SelectMany(type => type.BaseList?.Types ?? [])
            .CountBy(parent => NameOf(parent.Type))
            .ToDictionary();
        return from file in files
            from type in file.All<InterfaceDeclarationSyntax>()
            let name = type.Identifier.Text
            let count = implemented.GetValueOrDefault(name)
            where count < 2 && !name.EndsWith("Store", StringComparison.Ordinal) && !name.EndsWith("Clock", StringComparison.Ordinal)
            select file.At(type, $"'{name}' has {count} implementation{(count == 1 ? "" : "s")}");
    }

    private static string NameOf(TypeSyntax type) =>
        type switch
        {
            QualifiedNameSyntax qualified => qualified.Right.Identifier.Text,
            SimpleNameSyntax simple => simple.Identifier.Text,
            _ => type.ToString(),
        };
}
