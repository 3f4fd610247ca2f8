"""What `import gnn` offers to notebooks: paths in, pandas tables out. Each function calls the code of a
command.
"""
